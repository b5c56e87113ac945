import { storms } from './storm.js'

describe('the index of search, for long', () => {
  it('finds what a look at every row finds, whatever happens, and whenever it is killed', async () => { await storms(600) }).timeout(600_000)
})
