/** Helpers of table cells: k8s.io/apimachinery/pkg/util/duration and pkg/printers/internalversion. */
/** duration.HumanDuration: two units at most, coarser with age. */
export declare function humanDuration(ms: number): string;
/** How long ago a timestamp was; `<unknown>` where there is none. */
export declare function since(time: string | undefined | null, now: number): string;
/** translateTimestampUntil. */
export declare function until(time: string | undefined | null, now: number): string;
export declare const age: (o: {
    metadata: {
        creationTimestamp?: string;
    };
}, now: number) => string;
/** labels.Set as text: sorted, `<none>` when empty. */
export declare function formatLabels(labels: Record<string, string> | undefined): string;
interface Selector {
    matchLabels?: Record<string, string> | undefined;
    matchExpressions?: ReadonlyArray<{
        key: string;
        operator: string;
        values?: readonly string[] | undefined;
    }> | undefined;
}
/** metav1.FormatLabelSelector. */
export declare function formatSelector(s: Selector | undefined): string;
/** A list joined by commas, `<none>` when empty. */
export declare const joined: (list: readonly string[] | undefined) => string;
/** Go's order of strings. */
export declare const byBytes: (a: string, b: string) => number;
/** A list cut to its first `max`, the rest counted: formatWithMore of many printers. */
export declare function withMore(list: readonly string[], max: number): string;
export {};
