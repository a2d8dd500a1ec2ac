/** A gRPC client on HTTP/2 of our own (../http2), for what is called often. */
export { type CallOptions, type ClientStream, GrpcChannel, type GrpcChannelOptions, type StreamHandlers, type StreamOptions, type TlsMaterial } from './grpc-channel.ts'
export { GrpcError, grpcCode } from './status.ts'
