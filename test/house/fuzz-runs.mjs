/** Multiplies fast-check's default number of runs by FUZZ_RUNS. A test that sets its own number multiplies it itself. */
import fc from 'fast-check'

fc.configureGlobal({ ...fc.readConfigureGlobal(), numRuns: 100 * Number(process.env.FUZZ_RUNS ?? 1) })
