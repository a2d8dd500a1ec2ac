/**
 * The limit for creates: etcd's own transactions from one Node process, by the shortest client that there can be without
 * ours: node:http2 as it comes, messages put together by concatenation, no deadline, no retry, nothing read but the status.
 */
import http2 from 'node:http2'

const varint = (n: number): number[] => (n < 128 ? [n] : [(n % 128) + 128, ...varint(Math.floor(n / 128))])
const field = (n: number, b: Buffer): Buffer => Buffer.concat([Buffer.from([n * 8 + 2, ...varint(b.length)]), b])

/** If the key is not there, put it; else read it: what a create is. */
function createRequest(name: string, value: Buffer): Buffer {
  const key = Buffer.from(name)
  const guard = Buffer.concat([Buffer.from([16, 2]), field(3, key), Buffer.from([48, 0])]) // target MOD, mod_revision 0
  const put = field(2, Buffer.concat([field(1, key), field(2, value)])), read = field(1, field(1, key))
  const message = Buffer.concat([field(1, guard), field(2, put), field(3, read)]), head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

export interface RawEtcd { create(key: string, value: Buffer): Promise<void>, close(): void }
export function rawEtcd(endpoint: string, tls: { ca: Buffer, cert: Buffer, key: Buffer }): RawEtcd {
  const session = http2.connect(endpoint, tls)
  return {
    close: () => session.destroy(),
    create: (key, value) => new Promise((resolve, reject) => {
      const stream = session.request({ ':method': 'POST', ':path': '/etcdserverpb.KV/Txn', te: 'trailers', 'content-type': 'application/grpc' })
      stream.on('trailers', (h) => (h['grpc-status'] === '0' ? resolve() : reject(new Error(`etcd: ${String(h['grpc-message'])}`))))
      stream.on('error', reject).resume().end(createRequest(key, value))
    }),
  }
}
