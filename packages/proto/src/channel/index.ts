/** gRPC on HTTP/2 of our own (../http2), for what is called often: a client, and a server's side of calls with one message. */
export { type CallOptions, type ClientStream, GrpcChannel, type GrpcChannelOptions, type StreamHandlers, type StreamOptions, type TlsMaterial } from './grpc-channel.ts'
export { GrpcError, grpcCode } from './status.ts'
export { ServerCall, type ServerCallOptions } from './server-call.ts'
export { createHttp2Server, type Http2ServerOptions } from '../http2/listen.ts'
