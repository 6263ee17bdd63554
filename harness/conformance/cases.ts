/**
 * Every conformance case, in the order of the table. Where answers are plain HTTP, a case has
 * checks that say less about the form and as much about the substance.
 */
import { answersOf, hasControl, type Variant } from '../plan/variant.js';
import type { Add, Case, Suite } from './case.js';
import { answerCases, backPressureCases, sleepCases, uploadCases } from './cases/answers.js';
import { closingCases, halfCloseCases, lingerCases, resetCases } from './cases/closing.js';
import { readyCases, refusalCases, statsCases } from './cases/control.js';
import { countingCases } from './cases/counting.js';
import { crowdCases, descriptorLimitCases } from './cases/crowd.js';
import { fairCases } from './cases/fair.js';
import { acceptedCases, malformedCases, oversizedCases, splitCases } from './cases/framing.js';
import { greetingCases } from './cases/greeting.js';
import { honestCases } from './cases/honest.js';
import { pipeliningCases } from './cases/pipelining.js';
import {
  plainBackPressureCases,
  plainHalfCloseCases,
  plainMalformedCases,
  plainOversizedCases,
  plainSplitCases,
  plainTargetCases,
} from './cases/plain.js';
import {
  outsideStopCases,
  plainCountingCases,
  plainReadyCases,
  plainStatsCases,
} from './cases/plain-control.js';
import { relayCases } from './cases/relay.js';
import { slowClientCases } from './cases/slow.js';
import { socketCases } from './cases/sockets.js';
import { orphanCases, stopCases } from './cases/stop.js';

type Define = (suite: Suite, add: Add) => void;

const isExact = (variant: Variant) => answersOf(variant) === 'exact';
const http = ({ serves }: Variant) => serves.modes.includes('http');
const controlled = (variant: Variant) => http(variant) && hasControl(variant);
const exact = (variant: Variant) => http(variant) && isExact(variant);
const of = (target: Variant['serves']['targets'][number]) => (variant: Variant) =>
  http(variant) && variant.serves.targets.includes(target);

const byForm =
  (exactly: Define, plainly: Define): Define =>
  (suite, add) =>
    (isExact(suite.variant) ? exactly : plainly)(suite, add);

function one(name: string, rule: string, applies: Case['applies'], define: Define): Case {
  return { name, rule, applies, define };
}

export const CASES: readonly Case[] = [
  one(
    'ready',
    'says where it listens, and stays on its CPUs',
    controlled,
    byForm(readyCases, plainReadyCases),
  ),
  one('flags', 'refuses flags it does not know and what it cannot do', exact, refusalCases),
  one(
    'stats',
    'answers stats with its counters of that instant',
    controlled,
    byForm(statsCases, plainStatsCases),
  ),
  one('sockets', 'sets the same socket options as every server', exact, socketCases),
  one(
    'targets',
    'answers what it serves, and 404 to anything else',
    http,
    byForm(answerCases, plainTargetCases),
  ),
  one('sleep', 'waits without holding up others', of('/sleep'), sleepCases),
  one('upload', 'answers a request when its body is whole', of('/upload'), uploadCases),
  one('relay', "forwards its upstream's answers", exact, relayCases),
  one(
    'split',
    'answers alike wherever TCP cuts a request',
    http,
    byForm(splitCases, plainSplitCases),
  ),
  one('pipelining', 'answers 64 requests in flight, in order', http, pipeliningCases),
  one('accepted', 'accepts unusual requests that are right', exact, acceptedCases),
  one(
    'malformed',
    'refuses malformed and binary input, and lives on',
    http,
    byForm(malformedCases, plainMalformedCases),
  ),
  one(
    'oversized',
    'refuses heads and bodies without measure',
    http,
    byForm(oversizedCases, plainOversizedCases),
  ),
  one(
    'back-pressure',
    'waits with readers that stop, and not for them',
    of('/bytes'),
    byForm(backPressureCases, plainBackPressureCases),
  ),
  one(
    'half-close',
    'answers what came before the end of file',
    http,
    byForm(halfCloseCases, plainHalfCloseCases),
  ),
  one('closing', 'closes after the answer when it is asked to', exact, closingCases),
  one('linger', 'lets its last answer arrive', exact, lingerCases),
  one('reset', 'survives clients that reset', http, resetCases),
  one('slow-clients', 'serves others while some are silent or slow', http, slowClientCases),
  one('fair', 'gives others their turn next to one without end', http, fairCases),
  one('crowds', '1,000 connections come, go, and leave nothing', http, crowdCases),
  one('descriptors', 'survives the limit of open files', controlled, descriptorLimitCases),
  one('honest', 'does the work anew for every request', controlled, honestCases),
  one('counters', 'counts what happened', controlled, byForm(countingCases, plainCountingCases)),
  one(
    'greeting',
    'reads, greets and closes',
    ({ serves }) => serves.modes.includes('greeting'),
    greetingCases,
  ),
  {
    ...one('stop', 'answers what is in flight, and ends in 2 s', http, (suite, add) =>
      (hasControl(suite.variant) ? stopCases : outsideStopCases)(suite, add),
    ),
    concurrent: true,
  },
  {
    ...one('orphan', 'ends when its harness dies', controlled, orphanCases),
    concurrent: true,
  },
];

/** What every run checks first: wrong answers, not details of form. */
const SHORT_NAMES = ['pipelining', 'half-close', 'reset', 'honest'];
export const SHORT_CASES = CASES.filter(({ name }) => SHORT_NAMES.includes(name));
