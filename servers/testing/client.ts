/** For tests of servers: the client of the conformance cases. */
export * from '../../harness/conformance/client.js';
