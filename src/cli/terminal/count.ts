/** How many of something, in words. */
export function countOf (count: number, one: string, many = `${one}s`): string { return `${count} ${count === 1 ? one : many}` }
