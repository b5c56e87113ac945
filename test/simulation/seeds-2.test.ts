import { describeSeeds } from './seeds.js'

describeSeeds(21, 40)
