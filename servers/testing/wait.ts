/** For tests of servers: waiting as the conformance cases do. */
export * from '../../harness/conformance/wait.js';
