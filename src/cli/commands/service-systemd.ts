/** A systemd unit. What hardens it is what a node or relay needs not: devices, the kernel, others' files. */
import type { ServiceFile, ServicePlan } from './service-plan.js'

/** A word of a command line as systemd reads it (systemd.service(5), COMMAND LINES): quotes, no %-specifiers, no variables. */
function word (text: string): string {
  const plain = text.replaceAll('%', '%%').replaceAll('$', '$$$$')
  return /^[A-Za-z0-9_@%+=:,./$-]+$/.test(plain) ? plain : `"${plain.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

const HARDENING = [
  'NoNewPrivileges=yes', 'PrivateTmp=yes', 'PrivateDevices=yes', 'ProtectSystem=strict', 'ProtectKernelTunables=yes', 'ProtectKernelModules=yes',
  'ProtectControlGroups=yes', 'RestrictSUIDSGID=yes', 'RestrictNamespaces=yes', 'LockPersonality=yes', 'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK'
]

/** A user's own manager cannot set up most of the sandbox on every system. */
const USER_HARDENING = ['NoNewPrivileges=yes', 'LockPersonality=yes', 'RestrictSUIDSGID=yes']

function nameOf ({ relay, profile }: ServicePlan): string { return `petrel${relay ? '-relay' : ''}${profile === null ? '' : `-${profile}`}` }

/** Where its files are: as told, else the place that systemd keeps for a system service. */
function placeLines (plan: ServicePlan, name: string): string[] {
  const variable = plan.relay ? 'PETREL_RELAY_DIR' : 'PETREL_HOME'
  if (plan.home !== null) return [`Environment=${word(`${variable}=${plan.home}`)}`, ...(plan.user ? [] : [`ReadWritePaths=${word(plan.home)}`])]
  return plan.user ? [] : [`StateDirectory=${name}`, 'StateDirectoryMode=0700', `Environment=${variable}=/var/lib/${name}`]
}

/** What ProtectHome= shuts away (systemd.exec(5)). */
const PEOPLES = /^\/(home|root|run\/user)\//

/** People's files are no business of a system service; but Petrel may lie among them, and what is shut away cannot be started. */
function protectHome ({ user, home, program }: ServicePlan): string[] {
  if (user || (home !== null && PEOPLES.test(home))) return []
  return [`ProtectHome=${program.some(path => PEOPLES.test(path)) ? 'read-only' : 'yes'}`]
}

/** The unit of a plan. */
export function systemdFile (plan: ServicePlan): ServiceFile {
  const name = nameOf(plan)
  const lines = [
    '[Unit]',
    `Description=Petrel ${plan.relay ? 'relay' : 'node'}${plan.profile === null ? '' : ` (${plan.profile})`}`,
    'Wants=network-online.target',
    'After=network-online.target',
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${[...plan.program, ...plan.arguments].map(word).join(' ')}`,
    'Restart=on-failure',
    'RestartSec=2',
    // Draining is given more than its own limit of ten seconds.
    'TimeoutStopSec=30',
    ...(plan.user ? [] : [`User=${plan.runAs}`]),
    ...placeLines(plan, name),
    ...(plan.credential === null ? [] : [`LoadCredentialEncrypted=${word(`petrel:${plan.credential}`)}`]),
    'UMask=0077',
    'LimitNOFILE=65536',
    ...(plan.user ? USER_HARDENING : HARDENING),
    ...protectHome(plan),
    '',
    '[Install]',
    `WantedBy=${plan.user ? 'default.target' : 'multi-user.target'}`,
    ''
  ]
  const systemctl = plan.user ? 'systemctl --user' : 'systemctl'
  return {
    path: plan.user ? `${plan.configHome}/systemd/user/${name}.service` : `/etc/systemd/system/${name}.service`,
    text: lines.join('\n'),
    next: [...beforeStart(plan, name), `${systemctl} daemon-reload`, `${systemctl} enable --now ${name}`, ...(plan.user ? ['loginctl enable-linger   # to run while you are logged out'] : [])]
  }
}

/** What must be there before a system service starts. */
function beforeStart (plan: ServicePlan, name: string): string[] {
  if (plan.user) return []
  const home = plan.home ?? `/var/lib/${name}`
  const peoples = plan.program.find(path => PEOPLES.test(path))
  const reach = peoples === undefined || plan.runAs === 'root' ? [] : [`sudo -u ${plan.runAs} test -r ${word(peoples)}   # Petrel lies among somebody's own files: the service's user must be let in there`]
  const user = `useradd --system --home-dir ${home} --shell /usr/sbin/nologin ${plan.runAs}`
  return plan.relay ? [user, ...reach] : [user, ...reach, `install -d -m 0700 -o ${plan.runAs} ${home}`, `sudo -u ${plan.runAs} PETREL_HOME=${home} ${plan.program.join(' ')} init`]
}
