/** A process of its own: nothing but node:https, 2 KB per GET, client certificates asked for. Its port goes to the parent. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'

const [ca, cert, key] = process.argv.slice(2).map((f) => readFileSync(f))
const body = Buffer.alloc(2048, 'x')
const server = createServer({ ca, cert, key, requestCert: true }, (_q, s) => { s.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }); s.end(body) })
server.listen(0, '127.0.0.1', () => process.send!((server.address() as { port: number }).port))
process.on('disconnect', () => process.exit())
