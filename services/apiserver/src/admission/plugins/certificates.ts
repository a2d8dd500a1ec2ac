import type { CertificateSigningRequest } from '@drydock/api'
import type { User } from '../../auth/types.ts'
import { masters } from '../../auth/users.ts'
import { parseCertificateRequest } from '../../kinds/certificates/request.ts'
import { refuse } from '../errors.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../types.ts'
import type { PluginParts } from '../parts.ts'

const isRequest = (r: AdmissionRequest): boolean => r.resource.resource === 'certificatesigningrequests'
const requestOf = (o: unknown): CertificateSigningRequest => o as CertificateSigningRequest

/** Who approves a request must be allowed to (verb approve on its signer). */
export function certificateApproval(parts: PluginParts): AdmissionPlugin {
  return {
    name: 'CertificateApproval',
    handles: (r) => isRequest(r) && r.operation === 'UPDATE' && r.subresource === 'approval',
    async validate(r) {
      const signer = requestOf(r.oldObject).spec.signerName
      if (!await mayUseSigner(parts, r.user, 'approve', signer)) throw refuse(r, `user not permitted to approve requests with signerName ${JSON.stringify(signer)}`)
    },
  }
}

/** Who issues a certificate, or says that it failed, must be allowed to (verb sign on its signer). */
export function certificateSigning(parts: PluginParts): AdmissionPlugin {
  return {
    name: 'CertificateSigning',
    handles: (r) => isRequest(r) && r.operation === 'UPDATE' && r.subresource === 'status',
    async validate(r) {
      const now = requestOf(r.object).status, old = requestOf(r.oldObject).status
      if (now?.certificate === old?.certificate && JSON.stringify(now?.conditions ?? []) === JSON.stringify(old?.conditions ?? [])) return
      const signer = requestOf(r.oldObject).spec.signerName
      if (!await mayUseSigner(parts, r.user, 'sign', signer)) throw refuse(r, `user not permitted to sign requests with signerName ${JSON.stringify(signer)}`)
    },
  }
}

/** The signer by name, or all of its domain by `domain/*`. */
async function mayUseSigner(parts: PluginParts, user: User, verb: string, signer: string): Promise<boolean> {
  for (const name of [signer, `${signer.split('/')[0]}/*`]) {
    const d = await parts.authorizer.authorize({ user, verb, resource: { group: 'certificates.k8s.io', version: '*', resource: 'signers', subresource: '', namespace: '', name } })
    if (d.allowed) return true
  }
  return false
}

/** Nobody becomes system:masters by a client certificate that was asked for through the API. */
export function certificateSubjectRestriction(): AdmissionPlugin {
  return {
    name: 'CertificateSubjectRestriction',
    handles: (r) => isRequest(r) && r.operation === 'CREATE' && !r.subresource,
    validate(r) {
      const { signerName, request } = requestOf(r.object).spec
      if (signerName !== 'kubernetes.io/kube-apiserver-client') return
      let organizations: readonly string[]
      try { organizations = parseCertificateRequest(request).organizations } catch (e) { throw refuse(r, `failed to parse CSR: ${e instanceof Error ? e.message : String(e)}`) }
      if (organizations.includes(masters)) throw refuse(r, `use of ${signerName} signer with ${masters} group is not allowed`)
    },
  }
}
