/** What a service's file is made from, and what is made. */

/** What a unit is made from. */
export interface ServicePlan {
  readonly user: boolean
  readonly relay: boolean
  /** The interpreter and the start script, as absolute paths. */
  readonly program: readonly string[]
  /** Arguments after the script. */
  readonly arguments: readonly string[]
  readonly profile: string | null
  /** The home or relay directory as given by flags; null for the service's own place. */
  readonly home: string | null
  readonly runAs: string
  readonly credential: string | null
  readonly userHome: string
  /** XDG_CONFIG_HOME or its default. */
  readonly configHome: string
}

/** A file to write, and the commands that make the system use it. */
export interface ServiceFile { readonly path: string, readonly text: string, readonly next: readonly string[] }
