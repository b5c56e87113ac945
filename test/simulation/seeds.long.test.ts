import { describeSeeds } from './seeds.js'

describeSeeds(41, 400)
