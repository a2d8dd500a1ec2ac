/** podFieldSelector labels (AddFieldLabelConversionsForPod): the path in today's words, or why there is none. */
export declare function convertFieldPath(apiVersion: string, path: string): string | {
    error: string;
};
