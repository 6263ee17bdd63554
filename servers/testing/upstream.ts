/** For tests of servers: the upstream of the conformance cases. */
export * from '../../harness/conformance/upstream.js';
