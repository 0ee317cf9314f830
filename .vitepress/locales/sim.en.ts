import type { FaultName, Invariant, ProfileName } from '@micro-socket/simulator';
import type { MarkKind } from '../theme/sim/sim-view.ts';
import type { NumberName } from '../theme/sim/world.ts';
import { mutantsEn, rulesEn } from './sim-rules.en.ts';

/** A name for lists and sentences, and what a button says that makes it. */
export interface FaultText {
  readonly name: string;
  readonly make: string;
  readonly what: string;
}

export interface InvariantText {
  readonly name: string;
  readonly says: string;
}

export interface MarkText {
  readonly name: string;
  readonly what: string;
}

export interface CardText {
  /** What to do, and what to look at. */
  readonly try: string;
}

const faults: Readonly<Record<FaultName, FaultText>> = {
  cut: {
    name: 'connection cut',
    make: 'Cut its connection',
    what: 'The connection ends. Both ends are told, and what was under way is lost.',
  },
  'half-open': {
    name: 'half-open connection',
    make: 'Let its connection go dead',
    what: 'Nothing passes any more, and neither end is told: only the heartbeat can notice.',
  },
  twin: {
    name: 'two live connections',
    make: 'Cut only the client’s end',
    what: 'The client is told that its connection has ended and opens another; the gateway still believes in the first.',
  },
  partition: {
    name: 'partition',
    make: 'Cut {from} off from {to}',
    what: 'Nothing passes between two nodes for a while.',
  },
  'one-way': {
    name: 'one way closed',
    make: 'Close the way from {from} to {to}',
    what: 'Nothing passes from one node to the other for a while; the way back works.',
  },
  'gateway-kill': {
    name: 'gateway killed',
    make: 'Kill this gateway',
    what: 'The process ends without a word. Another one takes its place after a while.',
  },
  'deaf-gateway': {
    name: 'deaf gateway',
    make: 'Let it miss messages',
    what: 'The gateway misses messages of the engine for a while; the next message shows the hole.',
  },
  'engine-restart': {
    name: 'engine restarted',
    make: 'Restart the engine',
    what: 'The engine is away for a while and comes back with everything.',
  },
  'engine-wiped': {
    name: 'engine wiped',
    make: 'Wipe the engine',
    what: 'The engine comes back with nothing, in a new epoch.',
  },
  'engine-lost-tail': {
    name: 'engine lost its tail',
    make: 'Lose the engine’s last {count} messages',
    what: 'The engine comes back without its last messages, and says so by a new epoch.',
  },
  'engine-reused-seqnos': {
    name: 'engine reused numbers',
    make: 'Lose the last {count}, unnoticed',
    what: 'The engine comes back without its last messages, does not notice, and gives their numbers to others.',
  },
  'slow-reader': {
    name: 'slow reader',
    make: 'Stop reading for {seconds}',
    what: 'The client takes nothing off its connection for a while.',
  },
  'revoke-read': {
    name: 'reading revoked',
    make: 'Take away reading: {topic}',
    what: 'The client may not read a topic for a while.',
  },
  'revoke-publish': {
    name: 'publishing revoked',
    make: 'Take away publishing: {topic}',
    what: 'The client may not publish to a topic for a while.',
  },
  'expire-token': {
    name: 'token expired',
    make: 'Let its token expire',
    what: 'The client gets no new token for a while, and the old one expires.',
  },
  burst: {
    name: 'burst',
    make: 'Publish {count} at once: {topic}',
    what: 'More messages at once than the history keeps.',
  },
  'client-restart': {
    name: 'program restarted',
    make: 'Restart its program',
    what: 'The client’s program ends and starts anew, with the positions that it knew.',
  },
  intruder: {
    name: 'intruder',
    make: 'Try to steal its session',
    what: 'Somebody else asks to resume the client’s session.',
  },
};

const invariants: Readonly<Record<Invariant, InvariantText>> = {
  I1: { name: 'I1 access', says: 'nobody gets or puts what the policy does not allow' },
  I2: { name: 'I2 dedup', says: 'one publish is one message, however often it is sent' },
  I3: { name: 'I3 order', says: 'all readers of a topic see one order' },
  I4: { name: 'I4 delivery', says: 'what was acknowledged arrives, or its loss is told' },
  I5: { name: 'I5 latency', says: 'lateness is measured and announced' },
  I6: { name: 'I6 resume', says: 'after a break: no hole, no repeat, or a clear no' },
  I7: { name: 'I7 integrity', says: 'what arrives is what was sent' },
  liveness: { name: 'Liveness', says: 'when the trouble ends, everybody catches up' },
};

const marks: Readonly<Record<MarkKind, MarkText>> = {
  message: { name: 'message', what: 'a new message' },
  replayed: { name: 'replayed', what: 'a message from the history, sent after the client came back' },
  snapshot: { name: 'snapshot', what: 'the topic’s state in place of its history' },
  conflated: { name: 'conflated', what: 'the newest message; older ones were left out, as the mode says' },
  repeat: { name: 'repeat', what: 'a message that the program already had: this must not happen' },
  dropped: {
    name: 'duplicate dropped',
    what: 'a message that came a second time; the client kept it from the program',
  },
  gap: { name: 'gap', what: 'messages are missing, and the program was told' },
  resumed: { name: 'resumed', what: 'the subscription went on where it was' },
  'resumed-gap': { name: 'went on with a gap', what: 'the gateway said that it cannot fill what was missed' },
  'resumed-snapshot': { name: 'went on with the state', what: 'the gateway sent the topic’s state instead' },
  late: { name: 'late', what: 'the gateway said that messages come late' },
  well: { name: 'in time again', what: 'the gateway said that messages come in time again' },
  offline: { name: 'connection lost', what: 'the client lost its connection' },
  ended: { name: 'ended', what: 'the subscription ended, and the program subscribes again' },
};

const numbers: Readonly<Record<NumberName, string>> = {
  gateways: 'Gateways',
  publishers: 'Publishers',
  subscribers: 'Subscribers',
  topics: 'Topics',
  publishEveryMs: 'A publisher publishes every',
  safetyMs: 'Time with faults',
  livenessMs: 'Time to come right',
  delayMs: 'Network delay',
  jitterMs: 'Jitter (extra delay)',
  lostPerMille: 'Packets lost',
  doubledPerMille: 'Packets doubled',
  reorderedPerMille: 'Packets overtaken',
  clockSkewMs: 'Clock skew',
};

const profiles: Readonly<Record<ProfileName, string>> = {
  calm: 'calm: nothing breaks by itself',
  rough: 'rough: a normal bad day',
  hostile: 'hostile: everything at once',
};

const cards: Readonly<Record<Exclude<Invariant, 'liveness'>, CardText>> = {
  I1: {
    try: 'Take the right to read away from a subscriber, or let its token expire, and watch its stream end within the bound.',
  },
  I2: {
    try: 'Cut a publisher’s connection while an acknowledgement is under way. It publishes again, and no second message comes of it.',
  },
  I3: {
    try: 'Let connections break and the engine restart. Every reader’s numbers keep rising.',
  },
  I4: {
    try: 'Stop a subscriber from reading, or publish more than the history keeps. What it misses, it is told.',
  },
  I5: {
    try: 'Cut the gateway off from the engine. Messages come late, and the subscribers are told that they do.',
  },
  I6: {
    try: 'Cut a subscriber’s connection and watch it come back without a hole. Then let the engine lose its last messages, unnoticed.',
  },
  I7: {
    try: 'Break what you like. Every message that arrives is the one that was published.',
  },
};

/** The English texts of the simulator. Their shape is the contract that the other languages fill. */
export const simEn = {
  controls: {
    label: 'Play, pause and step',
    play: 'Play',
    pause: 'Pause',
    step: 'Step',
    stepHint: 'To the next thing that happens',
    again: 'From the beginning',
    againHint: 'The same world again, with your faults at their times',
    forget: { one: 'Forget your fault', other: 'Forget your {count} faults' },
    speed: 'Speed',
    speedTimes: '{factor}×',
    speedMax: 'as fast as possible',
    pauseOnBreak: 'Pause when an invariant breaks',
    share: 'Share what you see',
    copyLink: 'Copy link to this moment',
    copied: 'Copied. The link shows this world, with your faults, at this moment.',
    copyFailed: 'The browser did not allow copying. The link is in the address bar.',
  },
  status: {
    idle: 'Not started',
    loading: 'Loading the simulator…',
    paused: 'Paused',
    playing: 'Running',
    going: 'On the way to {time}…',
    over: 'The run is over',
    behind: 'This machine is too slow for the speed; the run goes on as fast as it can.',
    now: 'Time in the world',
    fingerprint: 'Fingerprint',
    fingerprintHint: 'Two runs with the same fingerprint had the same history, event by event.',
    counts: '{published} published, {delivered} delivered',
    phases: {
      safety: 'faults happen',
      liveness: 'no more faults: everything has to come right',
      end: 'over',
    },
  },
  world: {
    title: 'The world',
    seed: 'Seed',
    anotherSeed: 'Another seed',
    profile: 'Profile',
    profiles,
    mutant: 'Break a rule (mutant)',
    noMutant: 'none: the real code',
    mutants: mutantsEn,
    numbers,
    faultPercent: 'Faults that come by themselves',
    startsAnew: 'Every change here starts the world anew from its seed, without the faults that you made.',
    ms: '{count} ms',
    percent: '{count} %',
  },
  picture: {
    label: 'The world: clients, gateways and the engine',
    keys: 'Tab goes to the picture, the arrow keys go from node to link, Enter picks one.',
    publishers: 'Publishers',
    subscribers: 'Subscribers',
    down: 'down',
    offline: 'offline',
    slow: 'slow',
    node: '{name}: {state}',
    link: '{from} to {to}: {state}',
    states: {
      up: 'up',
      down: 'down',
      offline: 'not connected',
      slow: 'reads nothing',
      open: 'open',
      'half-open': 'half-open, one end does not know',
      twin: 'two connections, one of them dead',
      closed: 'nothing passes',
      'one-way': 'only one way passes',
    },
    passed: '{count} packets so far',
    roles: {
      publisher: 'publisher',
      subscriber: 'subscriber',
      intruder: 'intruder',
      gateway: 'gateway',
      engine: 'engine',
    },
  },
  break: {
    title: 'Break something',
    pick: 'What to break',
    nothing: 'Pick a node or a link, in the picture or in the list.',
    ofNode: '{name}',
    ofLink: 'Link {from} to {to}',
    none: 'Nothing can be broken here.',
    over: 'Faults can be made as long as the world is in its first phase.',
    tooMany: 'That is enough: a link holds {count} faults of your own.',
    done: '{fault}: {nodes}',
    lasting: 'Broken at the moment',
  },
  faults,
  invariants: {
    title: 'Invariants',
    texts: invariants,
    holds: 'holds',
    open: 'judged at the end',
    times: { one: 'broken once', other: 'broken {count} times' },
    first: 'First at {time}: {rule}',
    detail: 'What the checker saw (in English)',
    announce: '{invariant} is broken.',
  },
  rules: rulesEn,
  timelines: {
    title: 'What each subscriber’s program got',
    legend: 'Legend',
    empty: 'Nothing has arrived yet.',
    none: 'nothing yet',
    last: 'last: {seqNo}',
    markAt: '{mark} at {time}',
    markOf: '{mark} {seqNo} at {time}',
    missing: { one: '{count} missing', other: '{count} missing' },
    marks,
  },
  log: {
    title: 'Log',
    details: 'With every message',
    empty: 'Nothing has happened yet.',
    faultBegins: '{fault}: {nodes}',
    faultEnds: 'Over: {fault}, {nodes}',
    nodeUp: '{node} is up again',
    nodeDown: '{node} is down',
    opened: '{client} is connected to {gateway}',
    closed: 'The connection of {client} to {gateway} has ended',
    phases: {
      safety: 'The world begins; faults may happen.',
      liveness: 'All faults are over and mended; now everything has to come right.',
      end: 'The run is over.',
    },
    lost: 'The engine has lost messages of {topic}; kept up to {seqNo}',
    told: '{client} is told: messages of {topic} are missing after {seqNo}',
    toldEpoch: '{client} is told: {topic} has begun a new history',
    integrity: '{client} is told: {topic} is not what was published ({code})',
    late: '{client} is told: messages of {topic} come late',
    well: '{client} is told: messages of {topic} come in time again',
    intruderRefused: 'The session that {client} wanted to resume is not its own: refused',
    intruderAccepted: 'The session that {client} wanted to resume is not its own: accepted',
    publishFailed: '{client}: publishing to {topic} failed ({code})',
    granted: '{principal} may {action} {topic}',
    revoked: '{principal} may no longer {action} {topic}',
    actions: { subscribe: 'read', publish: 'publish to' },
    recovered: {
      full: '{client} goes on with {topic} after {seqNo}; nothing is missing',
      snapshot: '{client} goes on with {topic} from its state at {seqNo}',
      gap: '{client} goes on with {topic} at {seqNo}; what was between is gone',
    },
    ended: '{client}: the subscription to {topic} ended ({code})',
    delivered: '{client} got {topic} {seqNo}',
    published: '{client}: {topic} {seqNo} is stored',
    duplicate: '{client}: {topic} {seqNo} was stored before',
    dropped: '{client} got {topic} {seqNo} a second time and dropped it',
    identified: '{client} is let in by {gateway} as {principal}',
    violation: '{invariant} is broken: {rule}',
  },
  problems: {
    title: 'Not all of this link could be read. The rest counts.',
    unknown: '“{part}” is not known here.',
    'no-number': '“{part}” should end in a number.',
    'out-of-range': '“{part}” should be from {min} to {max}.',
    'no-fault': '“{part}” is not a fault, so this run is not quite what the writer of the link saw.',
    'too-many': 'There are more than {max} faults; “{part}” was left out.',
    'too-long': 'The link is too long and was cut.',
    unreadable: 'The link is damaged near “{part}”.',
    'unknown-mutant': 'There is no mutant “{message}”; the world runs without it.',
    failed: 'The simulator stopped with an error: {message}',
    worker: 'The simulator could not be started in this browser: {message}',
    retry: 'Start it anew',
  },
  card: {
    label: 'Live: {invariant}',
    break: 'Break the rule',
    breakHint: 'Switches the mutant on and starts the world anew:',
    full: 'Open in the full simulator',
    resting:
      'Two gateways, one publisher and two subscribers, run by the same code as the real ones. Nothing runs until you start it.',
    texts: cards,
  },
  noScript: 'The simulator runs in the browser and needs JavaScript. In a terminal, {command} does the same.',
};

export type SimText = typeof simEn;
