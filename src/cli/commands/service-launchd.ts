/** A launchd agent or daemon (launchd.plist(5)). */
import type { ServiceFile, ServicePlan } from './service-plan.js'

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
const string = (text: string): string => `<string>${escaped(text)}</string>`

/** The property list of a plan. */
export function launchdFile (plan: ServicePlan): ServiceFile {
  const label = `petrel.${plan.relay ? 'relay' : 'node'}${plan.profile === null ? '' : `.${plan.profile}`}`
  const variable = plan.relay ? 'PETREL_RELAY_DIR' : 'PETREL_HOME'
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>${string(label)}
  <key>ProgramArguments</key>
  <array>
${[...plan.program, ...plan.arguments].map(argument => `    ${string(argument)}`).join('\n')}
  </array>
${plan.home === null ? '' : `  <key>EnvironmentVariables</key>\n  <dict><key>${variable}</key>${string(plan.home)}</dict>\n`}${plan.user ? '' : `  <key>UserName</key>${string(plan.runAs)}\n`}  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
  <key>ExitTimeOut</key><integer>30</integer>
  <key>Umask</key><integer>63</integer>
</dict>
</plist>
`
  const path = plan.user ? `${plan.userHome}/Library/LaunchAgents/${label}.plist` : `/Library/LaunchDaemons/${label}.plist`
  return { path, text, next: [plan.user ? `launchctl bootstrap gui/$(id -u) ${path}` : `sudo launchctl bootstrap system ${path}`] }
}
