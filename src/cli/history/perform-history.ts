export const performHistory = async () => 0 as const;
