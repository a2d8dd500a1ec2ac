export * from './schema.ts'
export * from './decode.ts'
export * from './json.ts'
