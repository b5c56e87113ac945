/** The services without a relay around them: a node hosts its own logs with the very same code. */
import type { KeyBytes } from '../protocol/wire/index.js'
import type { BlobService } from './blobs/index.js'
import type { BlobHandler } from './net/index.js'
import { GatewayService } from './gateway-handler.js'
import { openLocalChannel } from './local-channel.js'
import type { CallHandler, GatewayChannel, PushHandler } from './net/index.js'
import type { PartialServiceOptions } from './options.js'
import { wireServices, type ServiceParts } from './services.js'

/** Running services. */
export interface Services {
  /** For the gateway listener of the host that serves them to others. */
  readonly handler: CallHandler
  readonly onChannel: (channel: GatewayChannel) => void
  /** Who keeps blocks here. */
  readonly blobs: BlobService
  /** For the host, where blocks are served to others. */
  readonly blobHandler: BlobHandler
  /** A channel within this process, for the device `device`. */
  connect (device: KeyBytes, onPush?: PushHandler): GatewayChannel
  /** Refuses calls from now on, answers those in flight (for at most `ms`), and ends all follows. The store stays open. */
  close (ms?: number): Promise<void>
}

/** Starts the services over an open store. @throws CorruptError when it holds what they cannot read */
export async function createServices (parts: ServiceParts, options: PartialServiceOptions = {}): Promise<Services> {
  const services = await wireServices(parts, options)
  const gateway = new GatewayService(services)
  const { handler, onChannel } = gateway
  return {
    handler,
    onChannel,
    blobs: services.blobs,
    blobHandler: services.blobStreams.handler,
    connect: (device, onPush) => openLocalChannel({ device, home: services.home, handler, onChannel, ...onPush === undefined ? {} : { onPush } }),
    close: async (ms = 10_000) => {
      await gateway.drain(ms)
      services.follows.close()
      services.mirrors.close()
      services.keptPipes.close()
      await services.frameScrubber.close()
      await services.scrubber.close()
      await services.closeBlobs()
    }
  }
}
