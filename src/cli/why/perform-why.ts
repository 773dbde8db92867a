export const performWhy = async () => 0 as const;
