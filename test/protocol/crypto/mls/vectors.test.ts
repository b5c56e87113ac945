import { vectors } from '../vectors.js'
import { checkStoredMls, type MlsVector } from './stored.js'

describe('stored MLS formats', () => {
  it('are read as an earlier build wrote them', async () => {
    for (const v of vectors<MlsVector>('mls')) await checkStoredMls(v)
  })
})
