import type { Service } from '@drydock/api';
/** pkg/api/service/warnings.go. */
export declare function warnings(service: Service): string[];
