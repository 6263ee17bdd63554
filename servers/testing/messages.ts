/** For tests of servers: requests and answers of the conformance cases. */
export * from '../../harness/conformance/messages.js';
