/** When others' lost leaves are repaired, and how long what is said waits for that, ms. See LIMITS. */
export type RepairTiming = Record<'repairAfterMs' | 'repairSpreadMs' | 'repairHoldMs', number>
