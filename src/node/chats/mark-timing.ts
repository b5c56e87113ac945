/** How seldom a group is told what was received and read, ms. See LIMITS. */
export type MarkTiming = Record<'groupMarkMs' | 'groupMarkSpreadMs', number>
