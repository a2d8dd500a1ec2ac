// prom-client ships types for its index only; metrics.ts ties these files to them.
declare module 'prom-client/lib/registry.js' { const c: unknown; export default c }
declare module 'prom-client/lib/counter.js' { const c: unknown; export default c }
declare module 'prom-client/lib/gauge.js' { const c: unknown; export default c }
declare module 'prom-client/lib/histogram.js' { const c: unknown; export default c }
