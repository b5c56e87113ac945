export function frameVectors () { return { about: 'x' } }
