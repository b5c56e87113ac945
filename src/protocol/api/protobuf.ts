/**
 * The second door of `protocol/api`: the contract as protobuf. Apart from the first, because the protobuf
 * runtime and the generated code take longer to load than a command of the command line may take.
 */
export { paramsFromMessage, paramsToMessage, resultFromMessage, resultToMessage } from './convert.js'
export { errorInfo } from './error-info.js'
export { ErrorInfoSchema, Petrel as PetrelService, type ErrorInfo } from './petrel_pb.js'
