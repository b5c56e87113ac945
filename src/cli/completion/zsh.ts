/** Completion for zsh. */
import type { CommandSpec } from '../command.js'
import type { Candidates } from '../spec.js'
import { placesOf, quoted, type Place } from './words.js'

/** What `_arguments` and `_describe` read as separators. */
const described = (name: string, summary: string): string => quoted(`${name}:${summary.replaceAll(':', '\\:')}`)
const inBrackets = (text: string): string => text.replaceAll('[', '(').replaceAll(']', ')').replaceAll(':', '\\:')

function action (complete: Candidates | undefined, values: readonly string[]): string {
  if (values.length > 0) return `(${values.join(' ')})`
  if (complete === 'file') return '_files'
  if (complete === 'directory') return '_files -/'
  return complete === undefined ? ' ' : `_petrel_names ${complete}`
}

function flagSpec (flag: Place['flags'][number]): string {
  const value = !flag.takesValue ? '' : `:value:${action(flag.complete, flag.values)}`
  return quoted(`${flag.flag}[${inBrackets(flag.summary)}]${value}`)
}

function placeCase (place: Place): string {
  const flags = [...place.flags.map(flagSpec), quoted('--help[show help]')]
  const positions = place.commands.length > 0
    ? [quoted('1:command:->command')]
    : place.arguments.map(({ complete, values }, i) => quoted(`${i + 1}:argument:${action(complete, values)}`))
  const commands = place.commands.length === 0 ? '' : `\n      [[ $state == command ]] && { local -a commands=(${place.commands.map(c => described(c.name, c.summary)).join(' ')}); _describe command commands }`
  return `    ${quoted(place.path)})\n      _arguments -S ${[...flags, ...positions].join(' ')}${commands} ;;`
}

/** The script. */
export function zshScript (root: CommandSpec): string {
  const places = placesOf(root)
  const takers = [...new Set(places.flatMap(place => place.flags.filter(f => f.takesValue).map(f => f.flag)))]
  const paths = places.filter(place => place.path !== '').map(place => quoted(place.path))
  return `#compdef petrel
_petrel_names() {
  local -a names=(\${(f)"$(petrel __complete $1 2>/dev/null)"})
  compadd -a names
}

_petrel() {
  local state candidate place='' at=1 n
  local -a paths=(${paths.join(' ')})
  # The command that the words spell; flags before and between them are passed over with their values.
  for ((n = 2; n < CURRENT; n++)); do
    case \${words[n]} in
      (${takers.join('|')}) ((n++)) ;;
      (-*) ;;
      (*)
        candidate="\${place:+$place }\${words[n]}"
        (( \${paths[(Ie)$candidate]} )) || break
        place=$candidate at=$n ;;
    esac
  done
  words=(petrel "\${(@)words[at+1,-1]}")
  (( CURRENT -= at - 1 ))
  case $place in
${places.map(placeCase).join('\n')}
  esac
}

compdef _petrel petrel
`
}
