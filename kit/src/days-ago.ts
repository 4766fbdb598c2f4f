/** Start of a retention period. */

/** The moment `days` times 24 hours ago. */
export const daysAgo = (days: number): Date => new Date(Date.now() - days * 86_400_000);
