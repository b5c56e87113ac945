/**
 * Every number a peer, a file or a person can push against, with its reason.
 * Checked before memory is taken. Bytes unless the name says otherwise; times in
 * milliseconds where the name ends in Ms.
 */
export const LIMITS = {
  /**
   * Arrays and maps inside each other in one dag-cbor value. Ours have six at most. Without a bound it would hang on
   * the reader's stack whether bytes are valid, and two readers could disagree.
   */
  cborDepth: 64,

  // --- entries and logs ---
  /** A sealed entry after padding. Larger content is a blob. DESIGN section 4. */
  entryBytes: 64 * 1024,
  /**
   * A commit's entry: a path through a group of a thousand whose tree is empty takes 83 KB, a hundred key packages and
   * manifests 170 KB (measured). Both at once are two commits.
   */
  commitBytes: 256 * 1024,
  /** An encoded leaf: fixed fields, capability keys and up to 32 mirrors fit with room. */
  leafBytes: 8 * 1024,
  /** Mirror capabilities one commit may install: home relays of a large group's members. */
  mirrorsPerCommit: 128,
  /** A signed record that travels alone (term, owner action, receipt). */
  recordBytes: 16 * 1024,
  /** Merkle path of a receipt: a batch holds at most 2^16 entries. */
  receiptPath: 16,
  /** Entries in one append call, so that one call cannot hold a batch for long. */
  appendItems: 256,
  /** Entries in one read reply. */
  readItems: 1024,
  /** Entries of a follow that are taken at once: while they are, nothing else goes on for some hundredths of a second. */
  runEntries: 512,
  /** Bytes of entries in one read reply: one frame of the gateway holds it. */
  readBytes: 1024 * 1024,
  /** Author's clocks are shown clamped to the receipt's time by this much. DESIGN section 3. */
  clockSkewMs: 5 * 60_000,

  // --- mirrors ---
  /** Longest life of a delegation: who is away for a month finds the mirror still following, and a forgotten one ends. */
  delegationMs: 30 * 86_400_000,
  /** A delegation with its signature: fixed fields, and room. A relay keeps some of each log in memory. */
  delegationBytes: 1024,
  /** Delegations in one mirror call: one per right, with room for an epoch that changes. */
  delegationsPerCall: 8,
  /** Logs that one account has mirrored: as many as it may have of its own. */
  mirrorsPerAccount: 10_000,
  /** Other homes that one account has its relay follow: each is a connection. As visitsPerDevice. */
  mirrorHomesPerAccount: 64,
  /** Other homes one relay follows, for all accounts. */
  mirrorHomes: 4096,
  /** What erases an entry: a secret of 32 bytes, or an owner's order of about 200. A full push of them stays under pushEntryBytes. */
  eraserSecretBytes: 384,
  /** Delegations a mirror keeps of one log: two of each right, with room for the accounts that use it. */
  delegationsPerMirror: 12,
  /** A mirror that cannot go on with a log (it is on its way to the new home, or the home has no room) tries again after this, twice as late each time, and at most so late. */
  mirrorRetryBaseMs: 500,
  mirrorRetryMs: 60_000,
  /** Who asks for a mirror waits this long for its first word from the home. */
  mirrorAnswerMs: 3_000,
  /** What a node holds of a mirror's entries before the home's word covers them: some pages. A log with more to catch up is read at its home. */
  unprovedEntries: 4096,
  unprovedBytes: 16 * 1024 * 1024,
  /** A node that has left a mirror, because it had no room or something was wrong with it, tries it again after this, twice as late each time, and at most so late. */
  mirrorAgainMs: 10 * 60_000,
  mirrorAgainMostMs: 24 * 3_600_000,
  /** A key that a copy does not know yet: so long the mirror waits until it has caught up with the home. */
  mirrorSyncMs: 5_000,
  /** Logs whose follows a mirror begins together, when it comes back to a home. */
  mirrorsBegunAtOnce: 64,
  /** Erasures in one push to a mirror. */
  erasuresPerPush: 256,

  // --- proofs ---
  /** What proves that a home lied: a genesis, two attested statements, and the leaves between them. */
  evidenceBytes: 256 * 1024,
  /** Leaves in it: a page of a log. Those of messages take 150 bytes each. */
  evidenceLeaves: 1024,
  /** A statement of the home is kept every so many entries: so that what is said later of an old entry can be held against it. */
  waypointEntries: 128,
  /** Evidence kept of one chat. */
  proofsPerChat: 16,
  /**
   * A head proves nothing against an entry that its home took less than this before, ms. An entry has its time before the
   * fsync that lets anybody see it, and clocks are corrected: a disk that stalls and a clock that is set are no lie.
   */
  proofMarginMs: 5 * 60_000,
  /** A chat is not current when its home has not said for this long where its log ends. */
  headStaleMs: 15 * 60_000,
  /** When nothing else brought one, a node asks for a log's head after this, or up to half of it earlier. */
  headAskMs: 5 * 60_000,
  /** How often a node looks which heads are due. */
  headTickMs: 5_000,

  /** Numbers of a chat that its home has signed for and not shown yet: what waits in flight fits, many times. */
  promisesPerChat: 4096,

  /** Orders that move a chat, and may stand further on than a node has read, which it looks up at a time: whoever sends more pushes out the oldest. */
  aheadOrders: 4,
  /** One such look ends after this: the home that an order names may be gone, or be in no hurry. */
  aheadMs: 20_000,
  /** After so many looks in vain, ever more rarely, an order is forgotten: about an hour and a half. */
  aheadTries: 100,

  // --- messages ---
  /** UTF-16 units of text in one message: Telegram's limit. */
  textUnits: 4096,
  /** Formatting entities in one text: Telegram's limit is 100. */
  entities: 100,
  /** Where a link in a text leads, a language, an account. */
  entityValueBytes: 2048,
  /** UTF-16 units of a text with its formatting written in it: each character of it may be formatted. Parsers take time by more than its length. */
  formattedUnits: 4 * 4096,
  /** Characters of a Markdown text that may begin or end something: a hundred stretches need some hundreds. Its parser takes time by their square: a quarter of a second for so many, 2.7 s for 8,000 (measured). */
  markdownMarks: 1_000,
  /** A display name, an alias or a title, in bytes of UTF-8. */
  nameBytes: 256,
  /** What a member calls itself, as it signed it in the log: a message with such a name. */
  profileBytes: 1024,
  /** Names that are kept of one chat: those of all its members, and of some who were. They are in memory. */
  namesPerChat: 2048,
  /** Messages that wait for their time, of all chats: they are in memory. Telegram's limit for one chat is 100. */
  scheduledMessages: 256,
  /** How far ahead a message may wait: Telegram's limit is a year. */
  scheduledAheadMs: 366 * 86_400_000,
  /** UTF-16 units of what a message answers, as it is shown beside the answer. */
  replyPreviewUnits: 120,
  /** Messages that one delete takes back: Telegram's limit. */
  deleteTargets: 100,
  /** A poll's question: 300 letters, as Telegram's, of three bytes. */
  pollQuestionBytes: 900,
  /** What a poll lets choose from: Telegram's limit. */
  pollOptions: 12,
  /** One of those: 100 letters, as Telegram's, of three bytes. */
  pollOptionBytes: 300,
  /** What a quiz says to who has voted: 200 letters, as Telegram's, of three bytes. */
  pollExplanationBytes: 600,
  /** Edits of one message that count: all are kept for who wants to see what it said before, and go with the message. */
  editsPerMessage: 100,
  /** Accounts whose reactions, or votes, are kept of one message: those of all who can be in a group at once. Of more the newest count. */
  factAccounts: 1024,
  /** Of that what a batch of entries writes at most, before its last one: a message may have a megabyte, and all must fit storeBatchBytes beside what erasedAtOnce lets in. */
  factBytesAtOnce: 8 * 1024 * 1024,
  /** Different emoji that a message is shown with, those that most have chosen first. */
  reactionsShown: 32,
  /** Accounts that are named with each reaction, and with each option of a poll: the first. */
  reactorsShown: 8,
  /** Emoji of one account on one message. */
  reactionEmoji: 8,
  /** Fallback text of a body kind a reader does not know. */
  fallbackBytes: 1024,

  // --- media ---
  /** Plaintext of one chunk of a file: what a seek must fetch at least, and what is checked at once. DESIGN section 6. */
  chunkBytes: 256 * 1024,
  /** A block as relays and stores handle it: a sealed chunk (its plaintext and a tag of 16 bytes) is the largest. */
  blobBytes: 256 * 1024 + 16,
  /** Links in one index node. DESIGN section 6. */
  blobFanOut: 1024,
  /** An index node: 1,024 links of 41 bytes, and room for fields of later versions. */
  indexBytes: 48 * 1024,
  /** A file, before it is sealed: Telegram's largest. */
  mediaFileBytes: 4 * 1024 ** 3,
  /** All leaves of one blob: the largest file, sealed, is 16,384 full ones. */
  blobTreeBytes: 16_384 * (256 * 1024 + 16),
  /** A file's name in bytes of UTF-8: the longest that common file systems take. */
  fileNameBytes: 255,
  /** A media type, RFC 6838: two names of at most 63 characters and the slash. */
  mediaTypeBytes: 127,
  /** Width and height, in pixels. */
  mediaPixels: 1_000_000,
  /** How long a sound or a film is: a year. */
  mediaDurationMs: 366 * 86_400_000,
  /** A thumbnail inside a message: a picture of 320 pixels fits, and several of its kind in one entry. */
  thumbBytes: 12 * 1024,
  /** All thumbnails of an album: with the captions and keys of ten files they fit one entry. */
  albumThumbBytes: 36 * 1024,
  /** Bars of a waveform, one byte each. */
  waveformBytes: 128,
  /** Files in one album: Telegram's limit. */
  albumItems: 10,
  /** Relays that a message names as holders of a file: the author's home relays, the first ones. */
  holdersPerFile: 4,
  /** Drafts of the same bytes under different names that were not sent yet. */
  draftsPerFile: 64,
  /** A draft that nobody sent goes after this, and its bytes with it. */
  draftKeptMs: 7 * 86_400_000,
  /** Blocks that a node writes to its own store at a time: 2 MiB, and as much again is sealed meanwhile. */
  blocksPerGroup: 8,
  /** A file up to this is small: small ones go several at a time beside large ones. */
  smallUploadBytes: 1024 * 1024,
  /** Small files on their way to a relay at a time: what a round trip and a sync cost is shared. */
  uploadsAtOnce: 16,
  /** A file that a relay refuses for now is brought to it again after this, twice as late each time, and at most so late. */
  uploadRetryBaseMs: 1_000,
  uploadRetryMs: 10 * 60_000,
  /** Messages that one forward takes along: Telegram's limit. */
  forwardMessages: 100,

  // --- what files tell (a node looks at files it sends) ---
  /** Memory of the process that looks at files: no process of Petrel takes more, and it ends itself before. */
  lookerBytes: 150_000_000,
  /** A picture's pixels: the largest sensors of telephones have 200 million. A bomb of an image says more, or takes more memory than the next two allow. */
  picturePixels: 200_000_000,
  /** A file that is decoded for a preview: it stands in memory as a whole. */
  thumbSourceBytes: 24 * 1024 * 1024,
  /** The file and what decoding it takes, beside the 75 MB that the process itself does (measured). */
  thumbWorkBytes: 70_000_000,
  /** A picture that is looked through for what it tells: half a gigabyte takes seconds. */
  lookFileBytes: 512 * 1024 * 1024,
  /** Longest side of a thumbnail, in pixels: Telegram's. */
  thumbPixels: 320,
  /** Decoding one picture or sound for its preview. */
  thumbDecodeMs: 8_000,
  /** One job of the process that looks at files, decoding included. */
  lookMs: 20_000,
  /** A look through a large file may take longer, by so many milliseconds for each MiB. */
  lookMsPerMiB: 60,
  /** That process ends when nobody asked it for this long. */
  lookerIdleMs: 15_000,

  // --- people ---
  /** An encoded manifest: 64 devices with certificates, 64 revocations and 8 relays fit. */
  manifestBytes: 32 * 1024,
  /** A manifest's number: a million times what an account comes to in a life. So there is always a next one, whatever number a thief has signed. */
  manifestVersion: 2 ** 40,
  /** How far a manifest may be above the one that is held: whoever was away misses some, and none misses a million. */
  manifestLeap: 2 ** 20,
  devices: 64,
  /** A log's genesis inside another record. */
  genesisBytes: 1024,
  /** Revoked devices of one generation. None is forgotten in it: its old certificate would let it in again. */
  revocations: 256,
  homeRelays: 8,
  addressesPerRelay: 16,
  /** A multiaddr's text. */
  addressBytes: 512,
  /** A published MLS key package with its certificate. */
  keyPackageBytes: 16 * 1024,
  /** Cloud key packages that a manifest names. */
  keyPackages: 128,
  /** Key packages one account keeps at a relay: of ten devices all secretKeyPackages and the last resorts, and the cloud ones. */
  keyPackagesHeld: 512,
  /** Those for secret chats that one of its devices keeps there: no device takes another's room. */
  keyPackagesOfDevice: 64,
  /** An inbox entry: a Welcome for a small group, two manifests and the sealed wrap fit. */
  inboxEntryBytes: 64 * 1024,
  /** Append grants (contacts and invites) of one inbox. */
  inboxGrants: 10_000,
  /** Requests of strangers that wait at the relay for one account; further ones are refused. */
  pendingRequests: 100,
  /** A `petrel:` link. */
  linkBytes: 4096,

  /** A vault record: an MLS state of a thousand members is 1.9 MB. */
  vaultRecordBytes: 4 * 1024 * 1024,
  /** A vault record's name, in bytes of UTF-8. */
  vaultNameBytes: 256,
  /** All that an account's devices share, each record with {@link LIMITS.vaultRecordExtra}: every device has it in memory. A direct chat takes 5 kB of it, a group of a thousand 2.3 MB. */
  vaultBytes: 48 * 1024 * 1024,
  /** What of it chats may take. The rest stays for what makes an account usable: contacts, devices, inbox. */
  vaultChatBytes: 40 * 1024 * 1024,
  /** What is taken from the vault's log at most, where another device keeps to no bound: beyond that a record is left where it is. */
  vaultTakenBytes: 64 * 1024 * 1024,
  /** What a record takes beside its data: its name, a signature and two keys. */
  vaultRecordExtra: 300,
  /** Records in one batch of the vault's log. */
  vaultBatchRecords: 4096,
  /** A batch of the vault's log: one record of vaultRecordBytes, or many small ones. */
  vaultBatchBytes: 4 * 1024 * 1024 + 64 * 1024,
  /** Entries that one batch is cut into: of 60 KB each they hold vaultBatchBytes. */
  vaultPieces: 80,
  /** What may be dead in the vault's log beside twice what is live: less is not worth writing all anew. */
  vaultSlackBytes: 1024 * 1024,
  /** How long a vault's log stands in doubt before another is made in its place, ms: time for the person to see, and for a device of the account that heals it first. */
  vaultHealMs: 60_000,
  /** How long the person is reminded of that, ms. */
  vaultHealedMs: 7 * 86_400_000,
  /** Logs that the vault has had, which a device remembers until their homes have dropped them: the newest. */
  vaultFormerLogs: 16,
  /** How long a home that is away is left before it is asked again to drop one, ms. */
  vaultDropAgainMs: 10 * 60_000,
  /** How long what is published waits for the vault, ms: then it is tried again later. */
  vaultWaitMs: 10_000,
  /** The highest version of a vault record that is not known yet, and by how much one that is may rise at once: a broken or stolen device could else use up the numbers. */
  vaultVersions: 2 ** 52,
  vaultVersionLeap: 2 ** 32,
  /** Generations of the vault key that a newcomer walks back over: they are trimmed whenever all is written anew. */
  vaultGenerations: 4096,
  /** An X-Wing public key. */
  xwingKeyBytes: 1216,
  /** A device's or the phrase's card: an X-Wing key and a few fields. */
  cardBytes: 2048,
  /** A vault key sealed to an X-Wing key: version, ciphertext of the KEM, key and tag are 1169. */
  sealedVaultKeyBytes: 2048,

  // --- search ---
  /** Words of one message that are found, names of its files among them: a text of 4,096 units has fewer. */
  searchWords: 4_608,
  /** Different words in a shard of the index; who floods a chat makes what comes then hard to find in it, and nothing else. Some thousands are usual. */
  searchShardWords: 32_768,
  /** Each of the two parts of a shard: those words at their longest, and the places of all words of a block. A record of the store holds both. */
  searchShardBytes: 10 * 1024 * 1024,
  /** Shards of a block: one for each letter of an alphabet, and for each 32 of the other characters of Unicode. */
  searchShards: 40_000,
  /** Words that are written to the index in one batch: the node goes on with other things between two. */
  searchBatchWords: 16_384,
  /** Messages read in one such batch: a whole block, so that one that came at once is written once. */
  searchBatchRows: 1024,
  /** The index follows what comes once nothing more came for this long: a burst is taken in one go. */
  searchDelayMs: 1_000,
  /** What came so long ago is taken even while more comes. Who searches before that waits for it. */
  searchMostDelayMs: 15_000,
  /** A fault of the index is tried again after this. */
  searchRetryMs: 30_000,
  /** Who searches waits so long for an index that is behind, and is then told that it is. */
  searchWaitMs: 3_000,
  /** Messages that one search looks at without finding: it then says how far it came. */
  searchLooks: 4_096,

  // --- the relays' DHT ---
  /** Manifests of others that a relay keeps for the DHT: some hundred MB at the most, a few KB each as a rule. */
  dhtRecords: 50_000,
  dhtRecordBytes: 128 * 1024 * 1024,
  /** Peers a relay remembers addresses of: strangers can tell of any number. */
  dhtPeers: 10_000,
  /** A look-up in the DHT ends by then, with what was found: a person waits for it. */
  lookupMs: 5_000,
  /** A publication of one manifest ends by then. */
  publishMs: 30_000,
  /** A hosted account's manifest is published again after this; the DHT's servers drop a record after 48 hours. */
  republishMs: 12 * 3600_000,
  /** One that reached nobody is tried again after this, then after twice as long, up to a whole round. */
  republishRetryMs: 1_000,
  /** A relay without neighbours dials those it was given again after this. */
  neighbourRetryMs: 15_000,
  /** Relays one relay can be told to begin with. */
  neighbours: 64,

  // --- visits: reaching another's relay through one's own ---
  /** A visit's request: a key and a relay's addresses. */
  visitRequestBytes: 16 * 1024,
  /** Visits a relay carries, and receives from one other relay, at once. */
  visits: 4096,
  /** Visits of one device at once: one for each relay its contacts use. */
  visitsPerDevice: 64,
  /** The other relay must be reached by then. */
  visitDialMs: 10_000,
  /** How often a relay asks whether the devices that visit through it still have a session. */
  visitCheckMs: 30_000,

  // --- a node's own records ---
  /** A cloud key package is replaced by a fresh one after this long. DESIGN section 4: weekly. */
  keyPackageRotateMs: 7 * 86_400_000,
  /** A key package's secrets are kept this long after its end: a letter may have waited at a relay. */
  keyPackageGraceMs: 30 * 86_400_000,
  /** One update as JSON: whatever fits an entry, all of it escaped at six bytes for one, and the names beside it. */
  updateBytes: 512 * 1024,
  /** Updates kept for consumers that were away; older ones are dropped, the chats still have the messages. */
  updatesKept: 1_000_000,
  /** Messages of which four bytes each are in memory, to find their ids: 16 MiB. Of chats beyond that they are read again when they are used. */
  idsInMemory: 4 * 1024 * 1024,
  /** Messages whose words a batch of entries drops at most, but for those that its last entry names (deleteTargets, whose edits go before it then): the page of each is written anew, as a row and as it came, 130 KiB at most, and all must fit storeBatchBytes. */
  erasedAtOnce: 256,
  /** An idempotency key. */
  idempotencyKeyBytes: 128,
  /** Messages of one chat waiting for a relay; further sends are refused. */
  outboxItems: 100_000,
  /** Why something failed or was not read, as kept: a sentence or two, whoever wrote them. */
  noteBytes: 1024,
  /** A chat's alarm: it may quote a note. */
  alarmBytes: 2048,
  /** Entries that one mark is told for, one by one: beyond it the newest. All must fit one batch of the store. */
  markSpan: 20_000,
  /** Bytes that a takeover of a chat's log may take back here: they are in memory until they stand in the log again. */
  takenBackBytes: 64 * 1024 * 1024,
  /** Epochs of a chat of which is kept what own commits led to, beside the snapshots: over so many of them a takeover can lead back. */
  ownPastEpochs: 1024,
  /** What one of them takes at most: a hundred newcomers' leaves, and the path; a renewal takes some kilobytes. */
  ownPastBytes: 256 * 1024,
  /** Strangers' requests kept at the node. */
  requestsKept: 1000,
  /** Bytes of all their letters: they are in memory, and anybody can send some. */
  requestsBytes: 16 * 1024 * 1024,
  /** Previews kept for one chat, and the bytes of their bodies: what a person writes while a relay is down. */
  previewsPerChat: 200,
  previewBytesPerChat: 256 * 1024,
  /** The same of all chats of a node. */
  previewBytes: 16 * 1024 * 1024,
  /** A message that has waited this long for a home that is away is handed to the other members by pipe. */
  previewAfterMs: 10_000,
  /** A preview whose epoch is over may come into the log for this long, sealed anew by its author; then it is dropped, with a note. */
  previewGraceMs: 60 * 60_000,
  /** A preview that the log never showed is dropped after this, with a note. */
  previewKeptMs: 14 * 86_400_000,
  /** Members who meet by pipe tell each other their newest signed heads this often. */
  headExchangeMs: 10 * 60_000,
  /** A member who asks for a head is answered no more often than this. */
  headAnswerMs: 10_000,
  /** How often a node looks whether it has something for its chats' pipes. */
  pipeTickMs: 1000,
  /** One try to hand over a frame: who waits for a relay that does not answer holds up the next one. */
  pipeSendMs: 5000,
  /** Frames of one chat handed over in one go, and heads of all chats: the relay's rate for one connection is above it. */
  pipeFramesPerTick: 32,
  /** Contacts of one account: each has a grant at the inbox, and invites need some too (inboxGrants). */
  contacts: 9_000,
  /** A letter that an inbox took is posted again after this, then after four times as long, up to the next: for a relay that lost it, or an inbox that moved. */
  letterFirstAgainMs: 60_000,
  letterAgainMs: 86_400_000,
  /** Hashes of one letter's sealings that are kept: beyond it, what a relay answers cannot be judged. */
  letterSealings: 16,
  /** Without a sign of the other for this long it is given up: the key package it was made for is about to end. */
  letterPatienceMs: 60 * 86_400_000,
  /** Invitations into chats that this account is in yet: each is as large as a letter, in memory. */
  earlyInvitations: 32,
  /** Large groups that wait to be joined, while what their members are is fetched. */
  comingGroups: 64,
  /** Of those, by one sender: nobody fills them alone. */
  comingOfOne: 16,
  /** Inboxes that moved and are still read: the oldest gives way. */
  formerInboxes: 4,
  /** An inbox that moved is read for this long: whoever has not heard of the new one by then finds it by the id. */
  formerInboxMs: 182 * 86_400_000,
  /** The home that judges between devices which want the manifest's next version must answer by then; what waits for it is tried again. */
  judgeMs: 10_000,
  /** A relay that is left is told the last manifest, if it answers within this. */
  farewellMs: 3_000,
  /** Manifests kept as evidence against one contact's pinned one. */
  contestedManifests: 4,
  /** Contradictions of one contact that the person settled; the oldest are forgotten, and would be shown again. */
  settledManifests: 64,
  /** Relays of a contact, or a link, that are asked for a manifest must answer by then: the own relays are asked next. */
  findAskMs: 5_000,
  /** Direct chats with one contact: two when both made one at once, more after lost devices. Each is a log that is followed. */
  directChatsPerContact: 16,

  // --- gateway ---
  /** One frame on a gateway stream: a read reply of readBytes and its head fit. */
  frameBytes: 2 * 1024 * 1024,
  /** Calls in flight from one peer; the next one waits. Enough to fill a group commit. */
  callsInFlight: 1024,
  /** Push bytes a peer may be owed before it grants credit. */
  creditBytes: 4 * 1024 * 1024,
  /** Calls may wait this long unless the caller says less. */
  callDeadlineMs: 30_000,
  /** The first frame (Hello) must be there by then. */
  helloDeadlineMs: 10_000,
  /** A frame that has begun must end by then: one byte a second is cut off. */
  frameDeadlineMs: 20_000,
  /** Write buffer of a gateway stream; beyond it the peer is too slow and is cut off to come back. */
  writeBufferBytes: 16 * 1024 * 1024,
  /** Features and their bytes in a Hello. */
  helloFeatures: 64,
  /** A Hello frame: 64 features of 64 bytes, a nonce and numbers fit. Nothing longer is taken from a stranger. */
  helloBytes: 8 * 1024,
  /** A feature's or an agent's name in a Hello. */
  helloNameBytes: 64,
  /** Slowest honest link, 16 kB/s: a frame of n bytes gets n / this ms beyond frameDeadlineMs. */
  frameBytesPerMs: 16,
  /** Bodies of calls in flight from one peer: a group commit's worth, so that 1,024 calls cannot pin gigabytes. */
  callBytesInFlight: 8 * 1024 * 1024,
  /** Own calls that may wait for a place in flight; the next is refused, so that memory stays bounded. */
  callsWaiting: 16 * 1024,
  /** Reply bytes one peer's calls may have in preparation: half the write buffer, so that honest readers are never cut off. */
  replyBytes: 8 * 1024 * 1024,
  /** What each push counts against credit beyond its body, so that empty pushes are bounded too. */
  pushOverheadBytes: 64,
  /** With bytes waiting, a peer must take some within this time. */
  writeStallMs: 60_000,
  /** How long a stream that is ending may take to hand over its last bytes before it is cut: nobody waits longer for a relay that stops. */
  lastWordsMs: 1000,
  /** After this long without a byte the peer is asked whether it is there: TCP alone notices a lost peer after a quarter of an hour. */
  probeIdleMs: 60_000,
  /** It must say something by then. */
  probeAnswerMs: 20_000,
  /** A Failure's message on the wire; longer ones are cut. */
  failureMessageBytes: 2048,
  /** A Failure's facts on the wire. */
  failureDetailsBytes: 16 * 1024,
  /** Relays one Moved notice names. */
  movedRelays: 32,

  // --- blocks on the wire ---
  /** A frame of a stream of blocks: the largest block and what stands beside it. */
  blobFrameBytes: 256 * 1024 + 16 + 512,
  /** An upload's id: random bytes. */
  uploadIdBytes: 16,
  /** Bytes of puts that may be unanswered before the first answer: two full blocks. */
  blobFirstWindowBytes: 2 * (256 * 1024 + 16),
  /** The same at the most, of one stream: a fast line is full with it while the disk syncs. */
  blobWindowBytes: 4 * 1024 * 1024,
  /** The same of all streams of a relay together; each may have its two blocks all the same. */
  blobWindowsBytes: 48 * 1024 * 1024,
  /** Puts that may be unanswered, of one stream: thousands of small files are on their way at once. */
  blobPutsInFlight: 2048,
  /** CIDs in one want, and wanted on one stream and not answered. */
  blobWants: 1024,
  /** Bytes that one get has asked for and nobody has taken yet: they are in memory. */
  blobAskedBytes: 4 * 1024 * 1024,
  /** Bytes of blocks that one stream has read for its asker, beyond the one that is leaving. */
  blobReadAheadBytes: 1024 * 1024,
  /** The same of all streams of a relay; each may have one block all the same. */
  blobReadsBytes: 32 * 1024 * 1024,
  /**
   * Frames without a block that wait on one stream for the other side to read: all that may be unanswered at once (blobWants,
   * blobPutsInFlight) fits, each reckoned with the second number for the object that holds it.
   */
  blobSmallBytes: 1024 * 1024,
  blobSmallCost: 128,
  /** What a block that is not there counts of the bytes that go out to who asked: a look-up on the disk, and an answer. */
  blobAbsentCost: 1024,
  /**
   * Bulk leaves in pieces of this size, one at a time, so that a message never waits behind more than one.
   * Two noise messages: the other side answers each piece with room for more, which costs as much as a tenth of it.
   */
  blobPieceBytes: 131_026,
  /** Streams of one peer, and of all together at a relay. */
  blobStreamsPerPeer: 8,
  blobStreams: 1024,
  /**
   * Of those, what guests may have, since their keys cost nothing: half, so that who is hosted finds a place; and those from
   * one address, a quarter of that: an office behind one NAT, or all who come through one other relay.
   */
  blobGuestStreams: 512,
  blobGuestStreamsPerAddress: 128,
  /** Something must come of what was asked within this time: the disk and the line are slow, but not that slow. */
  blobAnswerMs: 60_000,
  /** A block that is on its way to a relay is waited for so long, then it is absent. */
  blobWaitMs: 20_000,
  /** A stream on which nothing is asked is ended by its opener after this, and by the other after twice as long. */
  blobIdleMs: 60_000,

  // --- fetching blobs from other relays ---
  /** Blobs that a relay fetches at once, beside those that somebody waits for: others come in their turn. Half of each kind for one account. */
  pullsAtOnce: 4,
  /** Blobs that somebody waits for are fetched at once too, so many more. */
  pullsWaitedFor: 12,
  /** Requests for blocks that a relay has made at once, for all blobs, and blocks in one: together they bound what is in memory. */
  pullRequests: 12,
  pullBlocks: 6,
  /** Requests to one source for one blob. */
  pullRequestsPerSource: 2,
  /** A source must answer something by then, else it is given up for now: longer than it waits itself for what is on its way to it. */
  pullAnswerMs: 25_000,
  /** What one request asks for has come by then, at 9 KB/s: a source that drips holds no place for longer. */
  pullRequestMs: 180_000,
  /** A source is reached by then. */
  pullDialMs: 10_000,
  /** A blob that could not be fetched, or a source that could not be reached, is not tried again before, whoever asks for it. */
  pullRestMs: 5_000,
  /** Sources that could not be reached a moment ago, as many as are remembered. */
  pullSourcesResting: 1_024,
  /** A blob that could not be fetched is tried again after this, then twice as late each time, and at most so late. */
  pullRetryBaseMs: 10_000,
  pullRetryMs: 60 * 60_000,
  /** Blocks that somebody waits for, of one relay. */
  pullWaiters: 16_384,

  // --- connections of a libp2p host ---
  /** Connections of a relay: 10,000 idle ones at 80 KiB each, 45 of them heap, are 0.8 GB. */
  relayConnections: 10_000,
  /** Inbound connections one address may hold at a relay: a large office behind one NAT, and never all places. */
  relayConnectionsPerAddress: 2_500,
  /** A connection without a stream serves nobody: a relay closes it after this. */
  idleConnectionMs: 60_000,
  /** Connections of a node: its relays, its peers, and room. */
  nodeConnections: 256,
  /** Inbound connections not upgraded yet, in all. A handshake takes a few ms of CPU: more would not go faster. A host that is slow takes on fewer, as it learns how many it gets through in time. */
  pendingUpgrades: 512,
  /** The same, of one address: many clients behind one NAT reconnect at once after an outage. */
  pendingUpgradesPerAddress: 64,
  /** An inbound connection must be upgraded by then; some round trips on a bad link fit. */
  upgradeTimeoutMs: 5_000,
  /** Inbound connections one address may open per second: a NAT's worth, and far from the cost of a flood of handshakes. */
  inboundPerSecondPerAddress: 100,
  /** An outbound dial, all addresses together. */
  dialTimeoutMs: 10_000,
  /** One gossip message, and all that comes in one piece from a neighbour: the largest batch fits. */
  gossipBytes: 512 * 1024,
  /** Entries of one batch that a home publishes: the largest one fits, and many small ones share what a message costs. */
  gossipBatchBytes: 96 * 1024,
  /** What is appended within this time is published together. */
  gossipGatherMs: 20,
  /**
   * Readers of a log by gossip from which on its home publishes. Measured (bench/fanout.ts; batches of four entries, two
   * shared cores): by push the home pays 2 ms and 0.27 ms a reader for each batch, each reader 0.5 to 0.9 ms, and the last
   * of 24 has it after 20 ms; by gossip the home pays 3 ms however many there are, each reader 3 ms, and the last of 24 has
   * it after 190 ms. So the home saves from six readers on, and the readers pay more for it: it is worth that when a
   * home's pushes take three times what publishing takes. A mirror that listens follows as well, so with mirrors alone a
   * home pays both, and gossip is a second way to them, not a cheaper one.
   */
  gossipCrossover: 32,
  /** Topics that one neighbour may subscribe to: the large logs of a relay. More ends the connection. */
  gossipTopicsPerPeer: 4096,
  /** Messages and bytes that one neighbour may send in a second, and at once ten times that. Beyond it they are dropped, unread. */
  gossipMessagesPerSecond: 200,
  gossipBytesPerSecond: 1024 * 1024,
  /** Ids, grafts, prunes and subscriptions of one neighbour in a second, and at once ten times that. */
  gossipControlsPerSecond: 1000,
  /** Strikes that end a neighbour's connection; a batch that does not hold is worth a quarter of them. They wear off by one a second. */
  gossipStrikes: 100,
  /** A neighbour that was cut off is not listened to for this long. */
  gossipBanMs: 10 * 60_000,
  /** A batch older than this is not passed on: somebody plays it again. Honest ones travel for seconds. */
  gossipOldMs: 2 * 60_000,
  /** Neighbours with strikes that are remembered. */
  gossipPeersKept: 10_000,
  /** Logs of a home of which it is remembered how far they were published. */
  gossipLogsKept: 10_000,
  /** Reservations a relay's circuit server keeps: one per connected node. */
  circuitReservations: 4096,
  /** A reservation outlives its connection, so it is short. Clients ask again. */
  circuitReservationMs: 15 * 60_000,
  /** Longest life of a relayed connection: a call of two hours. */
  circuitDurationMs: 2 * 60 * 60_000,
  /** Bytes a relayed connection carries: a large file and a day's talk. */
  circuitDataBytes: 1024 * 1024 * 1024,
  /** A session's longest life; renewed silently. DESIGN section 2. */
  sessionMs: 10 * 60_000,
  /** Sessions of one account at one relay: its devices, with room for reconnects. */
  sessionsPerAccount: 128,
  /** Capabilities proved in one session: one per log and right. */
  capabilitiesPerSession: 20_000,
  /** Logs one session follows at once. */
  followsPerSession: 10_000,
  /** The same two for a guest, whom nobody let in: the chats somebody has with people of another relay. */
  capabilitiesPerGuest: 2_048,
  followsPerGuest: 1_024,
  /** Devices in a relay's list of those that it has seen: an account's present ones, and many of the past. */
  seenDevices: 1024,
  /** The number of one session of a device's home. */
  runBytes: 16,
  /** Such numbers that a home keeps for each relay: a relay that was put back to an older state knows one of the last sessions before it. */
  runsKept: 16,
  /** When two copies of a home run at once, neither is let in for this long: the other one is to hear it when it comes back by itself. */
  clonedOutMs: 10_000,
  /** A relay tells an account of its devices that were there within this time. */
  deviceSeenMs: 400 * 86_400_000,
  /** An admission token's text. */
  tokenBytes: 256,
  /** A report to an operator: one disclosed message and a note. */
  reportBytes: 96 * 1024,

  // --- local API ---
  /** One line of JSON-RPC: a message of 4,096 units with 100 entities, all escaped, fits many times. */
  apiLineBytes: 256 * 1024,
  /** One message over HTTP, request headers apart. */
  apiBodyBytes: 256 * 1024,
  /** An HTTP request's headers. */
  apiHeaderBytes: 16 * 1024,
  /** Connections per address it listens on: a person's apps and shells. */
  apiConnections: 128,
  /** Calls in flight on one connection; the next is refused, so that a cancellation still gets through. */
  apiCallsInFlight: 64,
  /** Requests in one JSON-RPC batch. */
  apiBatchItems: 64,
  /** A new connection's first bytes (and over TCP its token) must be there by then. */
  apiSniffMs: 5_000,
  /** An HTTP request must have arrived whole by then. */
  apiRequestMs: 30_000,
  /** An HTTP connection without a request may stay this long. */
  apiIdleMs: 5 * 60_000,
  /** Whoever closed its sending side while it streams is asked this often whether it is still there. */
  apiKeepAliveMs: 15_000,
  /** Replies that wait for a slow reader; beyond it nothing more is read from or prepared for it. */
  apiWriteBytes: 1024 * 1024,
  /** Calls in flight may end within this time when the daemon stops. */
  apiDrainMs: 5_000,
  /** What one reply of the daemon may take in its client: a page of 200 full messages, all escaped. */
  apiReplyBytes: 32 * 1024 * 1024,
  /** A text or note in a call; the message's own limit (textUnits) says what is too long to send. */
  apiTextBytes: 64 * 1024,
  /** A consumer's name, an idempotency key, an entity's type. */
  apiKeyBytes: 128,
  /** The fewest characters of an id that a person may name something by: fewer fit something else soon. */
  idCharacters: 4,
  /** Messages in one page of a chat. */
  apiPageItems: 200,
  /** What one search looks for, in bytes of UTF-8, and in words: nobody types more, and each word is looked up in every part of the index. */
  searchQueryBytes: 1024,
  searchQueryWords: 32,
  /** Tokens for TCP. */
  apiTokens: 64,

  // --- what people do at the moment ---
  /** That somebody writes is told at most so often in one chat, and lasts so much longer that the next word comes in time. */
  typingEveryMs: 5_000,
  typingMs: 8_000,
  /** In groups of more members it is not told: each word goes to every member's relay. */
  typingMembers: 50,
  /** While the person is here, contacts are told so often, and each word lasts for longer than that. */
  presenceEveryMs: 60_000,
  presenceMs: 90_000,
  /** Contacts that are told; of more, the rest is not. */
  presenceContacts: 256,
  /**
   * How far a member of a group has received and read is told at most so often, and after a time by chance of up to the
   * spread for each member: a hundred members write ten words a second at the most, three write at once.
   */
  groupMarkMs: 10_000,
  groupMarkSpreadMs: 100,
  /** In groups of more members nobody tells what it has received and read: each word goes to all of them. */
  receiptMembers: 100,
  /** Entries after a message that are looked through for when it was read. */
  readerRows: 10_000,
  /** A word of one member in one chat that comes sooner than this after the one before is dropped. */
  activityLeastMs: 250,
  /** Members of chats whose words are remembered, so that none counts twice. */
  activitiesKept: 4_096,

  // --- fetching files ---
  /** Chunks that are fetched before a reader asks for them: 4 MiB, so that a tenth of a second of way there and back gives 40 MB/s. A slow reader has no more fetched for it. */
  mediaAheadChunks: 16,
  /** Chunks in one request to a holder. */
  mediaRequestChunks: 8,
  /** Chunks on their way to one node in all: 16 MiB of memory, however many files are read. */
  mediaFlightChunks: 64,
  /** A request that brought nothing for this long is made to somebody else as well. */
  mediaSlowMs: 3_000,
  /** And is given up after this long: the relay may have to fetch what is asked for itself first, and two chunks share a link of 16 kB/s. */
  mediaStallMs: 40_000,
  /** A holder that failed is asked again after this, then after twice as long, up to the cap. */
  mediaRestMs: 500,
  mediaRestCapMs: 60_000,
  /** Who reads is told after this long without a byte of the file that nobody can be reached. */
  mediaPatienceMs: 60_000,
  /** A file that nobody reads any more is ready for the next reader for this long. */
  mediaLingerMs: 30_000,

  /** Bytes of others' files that a node keeps unless told: a few films and a year of photos. */
  mediaCacheBytes: 5 * 1024 ** 3,
  /** Files of others that a node keeps: some hundred bytes of memory each. */
  mediaCacheFiles: 100_000,
  /** Photos and voice notes up to this size are fetched by themselves unless told: most of them, and nothing that a person would wait for. */
  mediaAutoBytes: 2 * 1024 ** 2,
  /** One that nobody gave is tried again after this, then after twice as long, a few times. */
  mediaAutoRetryMs: 30_000,

  // --- files for players ---
  /** Addresses that are good at once: a person's lists of songs. The oldest gives way. */
  mediaTickets: 1024,
  /** An address for a player is good for this long unless told: a film. */
  mediaUrlMs: 4 * 3_600_000,
  /** And at most for this long: it stands in a player's history. */
  mediaUrlMaxMs: 24 * 3_600_000,
  /** Players' connections at once. Each costs a piece of a file in memory. */
  mediaConnections: 32,

  // --- relay ---
  /** Capability proofs in one call: each costs a signature check of about 0.1 ms. */
  proofsPerCall: 256,
  /** Grants or revocations in one call: a group's worth of contacts. */
  grantsPerCall: 256,
  /** Key package records in one call: two months of one-time packages. */
  keyPackagesPerCall: 64,
  /** Commits a home looks back for the read key of a device that was away. */
  oldEpochs: 4096,
  /** Bytes of entries in one push: a live batch fits, and a slow reader is owed no more than this per log. */
  pushEntryBytes: 128 * 1024,
  /** Pushes a relay keeps to share among followers who are equally far, for all logs together. */
  feedBytes: 16 * 1024 * 1024,
  /** CIDs in one call, and in its reply: the links of one index node. */
  cidsPerCall: 1024,
  /** An upload without a block for this long has ended: a person who is away for a weekend goes on where it stopped. */
  uploadKeepMs: 7 * 86_400_000,
  /** Uploads that one account has open: each is some hundred bytes of memory. */
  uploadsPerAccount: 4096,
  /** Leases of one account: a file of every day's hundred messages, for a quarter of a century. */
  leasesPerAccount: 1_000_000,
  /** Leases of one account of which blocks are missing: each has its sources in memory, some KiB. A day's files of many groups. */
  comingLeasesPerAccount: 4096,
  /** Who leases more is told to come back after this: files arrive all the time. */
  comingRetryMs: 10_000,
  /** What such a lease is charged at least: about what its sources take. */
  comingLeaseBytes: 4096,
  /** Addresses that are kept of one source of a file: two kinds of transport, over IPv4 and IPv6. */
  addressesPerSource: 4,
  /** The longest time for which a lease can be made that ends by itself: who wants more makes one without an end. */
  leaseKeepMs: 366 * 86_400_000,
  /** Leases in one page of the list. */
  leasesPerPage: 1024,
  /** Who keeps a blob, in bytes: an account's key, or a node's own word. */
  blobOwnerBytes: 64,
  /** A frame of a pipe: a sealed entry of entryBytes, what it is wrapped in, and padding. */
  pipeFrameBytes: 80 * 1024,
  /** Addresses one session listens at: two for each log it may follow, since they change with a chat's epoch. */
  pipeAddresses: 20_000,
  /** Addresses in one call. */
  pipeAddressesPerCall: 1024,
  /** A signed record of two devices that are being linked: names, a card, random bytes. */
  linkRecordBytes: 8 * 1024,
  /** What a new device is given: a manifest, home relays with their tokens, names. */
  linkWelcomeBytes: 48 * 1024,
  /** Commitments that a waiting device answers: who has seen its link may send some, and each is one try at the words. */
  linkOffers: 4,
  /** Linking a device, with the person's comparing of words: longer than that nobody stands before both. */
  linkMs: 10 * 60_000,
  /** A waiting device that is there answers within this. */
  linkAnswerMs: 30_000,
  /** A relay at which a device is to wait must let it in within this. */
  linkRelayMs: 20_000,
  /** A home relay that is asked for the account's devices must answer by then. */
  sessionsAskMs: 2000,
  /** The account's record names a new device, and the vault says within a moment what it is called: for so long that is waited for before the person is told. */
  deviceNameMs: 10_000,
  /** What was not answered is said again after this. */
  linkAgainMs: 1000,
  /** A device that has all waits this long for the other's last word. */
  linkLingerMs: 3000,
  /** New devices that are met at a time. */
  linkMeetings: 4,
  /** Addresses at which a guest listens: a device that is being linked has one, and another while it begins anew. */
  pipeAddressesOfGuest: 2,
  /** Who may listen at one address: the devices of an account. */
  pipeListeners: 64,
  /** Addresses at which frames are kept for one account: of each secret chat the present epoch's and those of which late frames still open, for some hundred chats; and of each key package for secret chats. */
  keptAddresses: 4096,
  /** Frames, and their bytes, that wait for one account's devices: some days of talking to somebody who is away. */
  keptFrames: 4096,
  keptFrameBytes: 64 * 1024 * 1024,
  /** Frames that wait at one address: a secret chat opens no more of one sender's epoch (secretGenerations). */
  keptFramesPerAddress: 512,
  /**
   * What of it waits at open addresses, where others than contacts may post: those of key packages. They take nothing from
   * the frames of secret chats. A beginning is a Welcome, some manifestBytes and padding.
   */
  keptOpenFrames: 1024,
  keptOpenBytes: 16 * 1024 * 1024,
  keptOpenFrameBytes: 48 * 1024,
  /** What of that strangers may fill: a contact's beginning finds the other half. And at one address: that of a last resort takes those of several people (secretLastResortsKept), one of a one-time package no more than its beginning and its end. */
  keptStrangersFrames: 512,
  keptStrangersBytes: 8 * 1024 * 1024,
  keptStrangersPerAddress: 8,
  /** A frame for a device that is here is written only if the device does not have it within this time: some times what a device far away takes to open it and to write what it did. */
  keptHandMs: 500,
  /** How long a frame waits at most. DESIGN section 5. */
  keptFrameMs: 14 * 24 * 3600_000,
  /** An address is kept this long after its device was last here: a frame that was posted last may wait out its time. */
  keptAddressMs: 28 * 24 * 3600_000,
  /** Frames that are handed over before the device says that it took some. */
  keptFramesAhead: 64,
  /** Admission tokens one relay keeps. */
  admissionTokens: 10_000,
  /** A restored relay waits this long for those who had seen more than it holds: a session's life, and many times the wait of a node that reconnects. */
  restoredQuietMs: 10 * 60_000,
  /** Erased bytes are off a relay's disk within this time: erases that come together share one rewriting of the files. */
  scrubMs: 10 * 60_000,
  /** Handovers of a log's owner key that one call brings to a relay whose copy ends before them: each is a signature to verify. */
  handoversPerCall: 16,
  /** A log that its owner began to bring to a relay, and went on with no more for this long, another may bring. */
  adoptIdleMs: 10 * 60_000,
  /** Who is sent away from a relay that drains, or comes to it, asks again after this long. */
  drainRetryMs: 15_000,
  /** After this long a draining relay takes no further calls of somebody whom it told to go. */
  drainGraceMs: 10_000,
  /** A line on the operator's socket. */
  adminLineBytes: 64 * 1024,

  // --- store ---
  /** A key, prefix included: an id or HMAC and a few fixed parts. */
  storeKeyBytes: 1024,
  /** One stored value: the MLS state of a group of a thousand (2 MB) fits with room. */
  storeValueBytes: 16 * 1024 * 1024,
  /** One atomic batch: it is copied in memory several times on its way to the disk. */
  storeBatchBytes: 64 * 1024 * 1024,
  /** What one fsync covers: more makes the first in line wait longer than the fsync itself costs. */
  storeGroupBytes: 4 * 1024 * 1024,
  storeGroupOps: 8192,
  /** Appends that wait for their turn; beyond it the disk is slower than the callers. */
  storeQueuedItems: 65_536,
  /** A log's id and an entry's id as the store takes them (34 and 16 bytes are used). */
  storeIdBytes: 64,
  /** What a service keeps per log: keys and counters; rewritten with every group of appends. */
  storeMetaBytes: 256 * 1024,
  /** Heads kept in memory; others are read again when needed. */
  storeCachedLogs: 10_000,
  /** What is taken off the disk goes once the reads have ended that began before: so long they are waited for. A walk may take longer, as a backup does: then it is tried again later. */
  storeReadsMs: 60_000,
  /** Entries that were just appended, kept in memory for who follows: two full fsyncs' worth. What is kept for longer costs more to collect than to read again. */
  storeTailBytes: 1024 * 1024,
  /** What is known in memory of the ids of all logs together: a million of them. Of other logs they are looked up. */
  storeKnownIdsBytes: 4 * 1024 * 1024,

  // --- endpoint crypto ---
  /** An MLS commit: it travels sealed in one entry, beside manifests. */
  mlsCommitBytes: 224 * 1024,
  /** An MLS Welcome: it travels in an inbox entry; a larger group's tree travels in its roster. */
  mlsWelcomeBytes: 64 * 1024,
  /** A ratchet tree that travels beside a Welcome: 1,000 members take about 1 MB (measured). */
  mlsTreeBytes: 4 * 1024 * 1024,
  /** A roster: a tree, and manifests of a thousand members (1.2 KB each as a rule). It is in memory while somebody joins. */
  rosterBytes: 16 * 1024 * 1024,
  /** Tree and manifests up to this size travel in the letter: with the Welcome, the sender's manifest and the padding they fit. */
  letterRosterBytes: 32 * 1024,
  /** A serialised MLS group state: 1,000 members take 1.9 MB (measured). */
  mlsStateBytes: 8 * 1024 * 1024,
  /** Members of one group: beyond it, processing one commit takes longer than a second (measured). */
  mlsMembers: 1024,
  /** A leaf's identity: account key, manifest version and hash, with room. */
  mlsIdentityBytes: 1024,
  /** A leaf's capabilities and extensions: it stands in every Welcome, whose bound holds for the whole tree. */
  mlsLeafExtrasBytes: 1024,
  /** Of a secret chat: earlier epochs, and messages of one sender in each, of which late ones still open. */
  secretEpochs: 16,
  secretGenerations: 512,
  /** What one message says: with the commit that rides on it, MLS and padding it fits a pipe's frame. */
  secretBodyBytes: 48 * 1024,
  /** Numbers behind a gap that a device tells of, or asks nobody to send again. */
  secretGotLater: 128,
  /** The longest timer of a secret chat: a week. */
  secretTimerSeconds: 7 * 24 * 3600,
  /** Secret chats of one device, and those that one contact has begun and nobody has accepted. */
  secretChats: 256,
  secretAskedPerContact: 4,
  /** Those of all contacts together; they are not counted with secretChats, so that nobody takes the room for one's own. */
  secretAsked: 64,
  /** A closed secret chat leaves the list by itself after this long: as long as a relay keeps its last word (keptFrameMs). */
  secretClosedMs: 14 * 24 * 3600_000,
  /** Messages of a secret chat that wait for the other device. */
  secretUnacknowledged: 4096,
  /** So long a receipt waits for something to be said that tells the same: an answer that comes at once, or more of what it is for. */
  secretReceiptMs: 200,
  /** Receipts of a secret chat between two messages with a number: far fewer than secretGenerations, so that a message opens behind receipts that were all lost. */
  secretReceipts: 64,
  /** A frame that was here before is answered again no sooner: an honest device sends what waits once more after minutes. */
  secretRepeatMs: 10_000,
  /** Secret chats whose frames are handed over side by side; of those that failed before, half as many. */
  secretDeliveries: 8,
  /** Lines of a secret chat that wait until their files are at a relay. */
  secretKeptLines: 128,
  /**
   * A file of a secret chat ends by itself at its sender's relay after this, and is asked for longer while the line is
   * there: a frame that waits has 14 days, and who was away that long has as much again to look.
   */
  secretBlobMs: 30 * 86_400_000,
  /** A file that was added for a secret chat and sent in none goes after this. */
  secretDraftKeptMs: 86_400_000,
  /** Files of secret chats that are kept on this node's disk for who reads them; and their chunks on the way at once, in memory. */
  secretCacheBytes: 1024 ** 3,
  secretFlightChunks: 16,
  /** Erased lines of secret chats are off the own disk within this time: those that go together share one rewriting of the files. */
  secretScrubMs: 2000,
  /** Of lines whose time begins so much is written in one batch: each is written anew, and all that somebody has not read for weeks may be more than one takes. */
  secretReadBytes: 4 * 1024 * 1024,
  /** What is kept in a secret chat of edits, reactions and deletes of messages that have not come yet: late ones are few, and who makes them up fills no disk. */
  secretFacts: 256,
  secretFactsBytes: 512 * 1024,
  /** One-time key packages that a device leaves at its home relay; it brings more when half of them are used. */
  secretKeyPackages: 32,
  /** Those of all devices of an account: of more than a dozen devices each leaves fewer, so that they fit keyPackagesHeld. */
  secretKeyPackagesOfAll: 448,
  /** Private parts of key packages that others were given and have not used yet: of more the oldest go. As many as strangers are given in a day. */
  secretPackagesGiven: 512,
  /** Status tells so long of key packages that had run out. */
  packagesToldMs: 7 * 24 * 3600_000,
  /** Devices of a contact that a secret chat is begun with at once. */
  secretStartDevices: 16,
  /** A beginning goes to its devices again after this long without an answer: who did not know the asker may do so by now. */
  secretStartAgainMs: 3600_000,
  /** A beginning that nobody has accepted is forgotten after this long, and an older one is not taken. */
  secretAskedMs: 30 * 24 * 3600_000,
  /** Frames that wait at a key package's address: of a one-time one its beginning and that it is over; of the last resort those of several people. */
  secretStartsKept: 2,
  secretLastResortsKept: 16,
  /** Beginnings that were taken in are known again, that many of them: a relay can hand one out once more when nothing else is left of it. */
  secretSeen: 1024,
  /** Keys of an epoch that ended this long ago are gone: a frame waits a day less (keptFrameMs). */
  secretEpochMs: 15 * 24 * 3600_000,
  /** Authenticated data of a commit. */
  mlsAadBytes: 16 * 1024,
  /** Extensions of a group context, and the bytes of each (roles of a large group). */
  mlsExtensions: 16,
  mlsExtensionBytes: 32 * 1024,
  /** A group's title: Telegram's 128 characters. */
  groupTitleBytes: 512,
  /** A group's description: Telegram's 255 characters. */
  groupAboutBytes: 1024,
  /** What an admin is called: Telegram's 16 characters. */
  adminTitleBytes: 64,
  /** Admins beside the owner: Telegram's number. With the two below a policy stays under mlsExtensionBytes. */
  groupAdmins: 50,
  /** Members with permissions of their own. */
  groupRestricted: 200,
  /** Accounts that are kept out. */
  groupBanned: 200,
  /**
   * An account that has revoked a device renews its leaf in each chat within seconds; others do it in its place after
   * repairAfterMs, in a group not all at once. What they say meanwhile waits: in a group no longer than repairHoldMs, or
   * one member could silence all others.
   */
  repairAfterMs: 5_000,
  repairSpreadMs: 60_000,
  repairHoldMs: 10 * 60_000,
  /** Changes of a group that wait for a commit of one's own: more than twenty admins make in a minute. */
  groupIntents: 256,
  /** Accounts that one wish adds or removes; one commit adds as many of them as fit its entry. */
  groupAdds: 100,
  /** Manifests that come with a commit: of those it adds, of the committer, and evidence of others. */
  commitManifests: 128,
  /** Links of this account by which others may join its groups: each has a grant at the inbox. */
  groupLinks: 500,
  /** Entries after the one by which a member leaves, among which the commit that takes it out is looked for, when what was before a newcomer is opened. */
  leaveEntries: 64,
  /** Who takes a group over tells so many who were removed among so many last entries, as it tells the members: each is a letter. */
  removedTellAccounts: 64,
  removedTellEntries: 4096,
  /** Wishes to join that an account's links have brought and that it remembers, answered or not. */
  joinsKept: 4096,
  /** Who asks to join a group that keeps it out is told so once in this time: each answer is a letter. An honest wish is posted again after it. */
  joinAgainMs: 60_000,
  /** An own wish to join is remembered among so many. */
  joiningsKept: 256,
  /** A caller waits for the answer to a wish to join for at most this. */
  joinWaitMs: 600_000,
  /** Ways back to earlier stretches of a group's history that one invitation carries: the newest. */
  letterSegments: 256,
  /** Epochs after which a chat's checkpoint in the vault is made anew. DESIGN section 4. */
  checkpointEpochs: 32,
  /** One that takes no more is made anew at each epoch: it costs as little as the commit that began it. */
  checkpointSmallBytes: 16 * 1024,
  /** Entries after which it is: a device that begins there reads as many forward, some hundredths of a second, before it is at the log's end. */
  checkpointEntries: 256,
  /** As many as that while more of the log is on its way: each is signed, sealed and appended at the vault's home. */
  checkpointBehindEntries: 4096,
  /** How far below a message one is looked for that it names and that was held: more than a device's messages mostly stand apart. */
  releaseSpan: 256,
  /** Of a large group it is made more seldom: each entry pays for so many bytes of it. */
  checkpointEntryBytes: 64,
  /** Times that a group's history was hidden from newcomers, of which a member keeps the way back. */
  historySegments: 4096,
  /** The longest time between two messages of a member: Telegram's hour. */
  slowModeSeconds: 3600,
  /** Longest life of a cloud key package. Rotated weekly; this is what a lost device leaves behind. */
  keyPackageLifeMs: 90 * 24 * 3600_000,
  /** A passphrase, in bytes of UTF-8. */
  passphraseBytes: 1024,
  /** Bounds of a keystore's Argon2id cost: it is read from a file, which must not be able to stop the machine. */
  argonMemoryKiB: 1024 * 1024,
  argonPasses: 16,
  argonLanes: 16,

  // --- a node's home ---
  /** A keystore file: a manifest of a few devices, two keys, a name and salts, with room. */
  keystoreBytes: 64 * 1024,
  /** A systemd credential: systemd's own limit is 1 MB for all of a service. */
  credentialBytes: 1024 * 1024,
  /** A configuration file. */
  configBytes: 256 * 1024,

  // --- a backup of a node's home ---
  /** A backup's head: a few ways to open it, of at most 1.3 KB each. */
  backupHeaderBytes: 16 * 1024,
  /** Ways to open one backup: a passphrase and the phrase, with room. */
  backupLocks: 8,
  /** What one chunk of a backup gathers: more only means more memory, as much for who restores. A single larger record has a chunk of its own. */
  backupChunkBytes: 1024 * 1024,
  /** A sealed chunk: one record of the largest size a store takes, and what names and seals it. */
  backupSealedBytes: 16 * 1024 * 1024 + 64 * 1024,
  /** Records in one chunk: the smallest take some 60 bytes. */
  backupChunkItems: 16_384,
  /** The chunk that a node is shown when a backup is to go on behind it. */
  backupPointBytes: 4096,
  /** A backup that was cut off can be gone on with for this long. */
  backupKeptMs: 30 * 24 * 3600_000,

  // --- a node that is a home itself, in a local network ---
  /** Others in the network are asked for this often. */
  lanQueryMs: 10_000,
  /** An announcement counts for this long: a lost answer or two must not make a neighbour disappear. */
  lanHeardMs: 60_000,
  /** Neighbours remembered: anybody in the network can make up some. */
  lanNeighbours: 1024,
  /** A neighbour's news leads to a dial at once this often at most; else the link's own schedule holds. */
  lanPokeMs: 2_000,
  /** A direct dial beside another way there gets this long: in the same network an answer takes milliseconds. */
  lanDialMs: 3_000,
  /** Whether the own addresses changed, and relays still pass on connections, is looked at this often. */
  lanLookMs: 15_000,
  /** A contact's node that stays connected is asked this often where it is by now. */
  lanAskMs: 5 * 60_000,
  /** Addresses of a node that is its own home, in its link and manifest: a link names homeRelays of them in all. */
  ownAddresses: 6,

  // --- a node's links to its relays ---
  /** Upper bound of the first wait before a new dial; it doubles with each failure, and the wait is random below it. */
  linkRetryBaseMs: 100,
  /** Upper bound of any such wait: a relay that was away for hours is met again within half a minute. */
  linkRetryCapMs: 30_000,
  /** A session that held this long ends the counting of failures; one cut at once counts as another. */
  linkStableMs: 2_000,
  /** A refused link asks again after this: an operator may have let the account in meanwhile. */
  linkRefusedMs: 5 * 60_000,
  /** One attempt to dial, shake hands and open a session. */
  linkAttemptMs: 15_000,
  /** A quiet relay is asked whether it is there after this, and must answer within the next: so a silent cut is noticed within five seconds. */
  linkProbeIdleMs: 2_500,
  linkProbeAnswerMs: 2_000,
  /** The longest a relay can send a node away with Moved or a rate limit. */
  linkAwayMs: 10 * 60_000,
  /** Calls in flight may end on the old channel for this long after Moved. */
  linkDrainMs: 5_000
} as const
