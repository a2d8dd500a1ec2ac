/** gRPC over node:http2 with messages both ways, as small as the apiserver and the kubelet's door need it. */
export { codes, RpcError, method, type Codec, type Method } from './types.ts'
export { RpcClient, type CallSettings, type ClientCall, type RpcClientOptions } from './client.ts'
export { answering, handler, type Handler, serveRpc, type RpcServerOptions, type ServerCall } from './server.ts'
