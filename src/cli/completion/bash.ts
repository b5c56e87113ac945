/** Completion for bash. Names come one per line from `petrel __complete`, so that blanks in them are no separators. */
import type { CommandSpec } from '../command.js'
import type { Candidates } from '../spec.js'
import { placesOf, type Place } from './words.js'

/** Flags are offered once a dash was typed: before that they would bury the commands and names. */
function placeCase (place: Place): string {
  const flags = [...place.flags.map(f => f.flag), '--help'].join(' ')
  const commands = place.commands.map(c => c.name).join(' ')
  return `    ${JSON.stringify(place.path)}) if [[ $cur == -* ]]; then _petrel_words '${flags}'; return; ${commands === '' ? '' : `elif [[ $count == 0 ]]; then _petrel_words '${commands}'; `}fi ;;`
}

function argumentCase (place: Place): string[] {
  return place.arguments.flatMap(({ complete, values }, i) => complete === undefined && values.length === 0 ? [] : [`    ${JSON.stringify(`${place.path}#${i}`)}) ${action(complete, values)} ;;`])
}

function valueCases (places: readonly Place[]): string[] {
  const flags = new Map(places.flatMap(place => place.flags.filter(f => f.takesValue).map(f => [f.flag, f] as const)))
  return [...flags.values()].map(({ flag, values, complete }) => `    ${flag}) ${action(complete, values)}; return ;;`)
}

function action (complete: Candidates | undefined, values: readonly string[]): string {
  if (values.length > 0) return `_petrel_words '${values.join(' ')}'`
  if (complete === undefined) return ':'
  if (complete === 'file') return 'COMPREPLY=($(compgen -f -- "$cur"))'
  if (complete === 'directory') return 'COMPREPLY=($(compgen -d -- "$cur"))'
  return `_petrel_names ${complete}`
}

/** The script. */
export function bashScript (root: CommandSpec): string {
  const places = placesOf(root)
  const takers = [...new Set(places.flatMap(place => place.flags.filter(f => f.takesValue).map(f => f.flag)))]
  return `# bash completion for petrel
_petrel_words() { COMPREPLY+=($(compgen -W "$1" -- "$cur")); }

_petrel_names() {
  local name
  while IFS= read -r name; do
    [[ $name == "$cur"* ]] && COMPREPLY+=("$(printf '%q' "$name")")
  done < <("$petrel" __complete "$1" 2>/dev/null)
}

_petrel() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} petrel=\${COMP_WORDS[0]}
  local path='' count=0 i word
  COMPREPLY=()
  case $prev in
${valueCases(places).join('\n')}
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $word in
      ${takers.join('|')}) ((i++)); continue ;;
      -*) continue ;;
    esac
    case "\${path:+$path }$word" in
${places.filter(p => p.path !== '').map(p => `      ${JSON.stringify(p.path)}) path=${JSON.stringify(p.path)}; count=0 ;;`).join('\n')}
      *) ((count++)) ;;
    esac
  done
  case $path in
${places.map(placeCase).join('\n')}
  esac
  case "$path#$count" in
${places.flatMap(argumentCase).join('\n')}
  esac
}

complete -F _petrel petrel
`
}
