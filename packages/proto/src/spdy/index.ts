export { SpdyConnection, SpdyStream, type SpdyOptions } from './connection.ts'
export type { Headers } from './frames.ts'
