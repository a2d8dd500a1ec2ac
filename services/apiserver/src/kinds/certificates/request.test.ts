import { describe, expect, it } from 'vitest'
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { parseCertificateRequest } from './request.ts'

const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048 }
const ec = (namedCurve: string, hash: string) => ({ name: 'ECDSA', namedCurve, hash })
const base64 = (s: string) => Buffer.from(s).toString('base64')

async function request(name: string, algorithm: { name: string, hash: string }): Promise<string> {
  const keys = await crypto.subtle.generateKey(algorithm as never, true, ['sign', 'verify']) as unknown as Parameters<typeof x509.Pkcs10CertificateRequestGenerator.create>[0]['keys']
  return (await x509.Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm: algorithm })).toString('pem')
}

describe('parseCertificateRequest', () => {
  it.each([['P-256', ec('P-256', 'SHA-256')], ['P-384', ec('P-384', 'SHA-384')], ['RSA', rsa]] as const)('reads and verifies %s', async (_, algorithm) => {
    const pem = await request('CN=system:node:a, O=system:nodes, O=more', algorithm)
    expect(parseCertificateRequest(base64(pem))).toEqual({ commonName: 'system:node:a', organizations: ['system:nodes', 'more'] })
  })
  it.each<[string, (pem: string) => string, string]>([
    ['no block', () => 'junk', 'PEM block type must be CERTIFICATE REQUEST'],
    ['another block', (p) => p.replaceAll('CERTIFICATE REQUEST', 'CERTIFICATE'), 'PEM block type must be CERTIFICATE REQUEST'],
    ['cut short', (p) => p.replace(/\n[^\n]+\n-----END/, '\n-----END'), 'asn1: syntax error: data truncated'],
  ])('refuses %s', async (_, spoil, why) => {
    const pem = await request('CN=x', ec('P-256', 'SHA-256'))
    expect(() => parseCertificateRequest(base64(spoil(pem)))).toThrow(why)
  })
  it('refuses what the key did not sign', async () => {
    const der = Buffer.from((await request('CN=x', ec('P-256', 'SHA-256'))).replace(/-----[^-]+-----|\s/g, ''), 'base64')
    const at = der.indexOf(Buffer.from('x'), 10)
    der[at] = 'y'.charCodeAt(0)
    const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`
    expect(() => parseCertificateRequest(base64(pem))).toThrow('x509: ECDSA verification failure')
  })
})
