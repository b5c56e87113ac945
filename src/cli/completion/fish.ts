/** Completion for fish. */
import type { CommandSpec } from '../command.js'
import type { Candidates } from '../spec.js'
import { placesOf, quoted, type Place } from './words.js'

/** What is offered, and whether files are (`-F`) or not (`-f`): the two exclude each other. */
function values (complete: Candidates | undefined, choices: readonly string[]): string {
  if (complete === 'file') return '-F'
  if (choices.length > 0) return `-f -a ${quoted(choices.join(' '))}`
  if (complete === 'directory') return '-f -a "(__fish_complete_directories)"'
  return complete === undefined ? '-f' : `-f -a "(petrel __complete ${complete} 2>/dev/null)"`
}

function placeLines (place: Place): string[] {
  const when = `-n ${quoted(`__petrel_at ${place.path === '' ? `''` : quoted(place.path)}`)}`
  return [
    ...place.commands.map(c => `complete -c petrel -f ${when} -a ${c.name} -d ${quoted(c.summary)}`),
    ...place.flags.map(f => `complete -c petrel ${when} -l ${f.flag.slice(2)} -d ${quoted(f.summary)}${f.takesValue ? ` -r ${values(f.complete, f.values)}` : ''}`),
    ...new Set(place.arguments.map(argument => values(argument.complete, argument.values)).filter(offer => offer !== '-f').map(offer => `complete -c petrel ${when} ${offer}`))
  ]
}

/** The script. */
export function fishScript (root: CommandSpec): string {
  const places = placesOf(root)
  return `# fish completion for petrel
function __petrel_at
    set -l path ''
    for word in (commandline -opc)[2..-1]
        string match -q -- '-*' $word; and continue
        set -l next (string trim "$path $word")
        contains -- $next ${places.filter(p => p.path !== '').map(p => quoted(p.path)).join(' ')}; and set path $next
    end
    test "$path" = "$argv[1]"
end

complete -c petrel -f
${places.flatMap(placeLines).join('\n')}
`
}
