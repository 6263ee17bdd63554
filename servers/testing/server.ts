/** For tests of servers: the server process of the conformance cases. */
export * from '../../harness/conformance/server.js';
