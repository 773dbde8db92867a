export const performGet = async () => 0 as const;
