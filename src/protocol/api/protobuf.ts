/**
 * The second door of `protocol/api`: the contract as protobuf. Apart from the first, because the protobuf
 * runtime and the generated code take longer to load than a command of the command line may take.
 */
export { addedToMessage, backupParamsFromMessage, draftFromMessage, paramsFromMessage, readParamsFromMessage, readSecretParamsFromMessage, resultToMessage } from './convert.js'
/**
 * The client's half: ours speaks lines, so that only tests of other clients need it.
 *
 * @internal
 */
export { addedFromMessage, paramsToMessage, resultFromMessage } from './convert.js'
export { errorInfo } from './error-info.js'
export { BackupResponseSchema, ErrorInfoSchema, Petrel as PetrelService, ReadMediaResponseSchema, ReadSecretMediaResponseSchema, type AddMediaRequest, type AddMediaResponse, type BackupRequest, type BackupResponse, type ErrorInfo, type ReadMediaRequest, type ReadMediaResponse, type ReadSecretMediaRequest, type ReadSecretMediaResponse } from './petrel_pb.js'
