export const performCompletion = async () => 0 as const;
