/**
 * The environment of builds, and of the programs that they make. Measurements must not depend on
 * what a shell happens to export: GOFLAGS=-race makes another program of the same name.
 */
import { searchPath } from './programs.js';

/** Where Go finds itself, modules and caches. Any other variable of Go's may change the program. */
const GO_PLACES = new Set(
  `GOAUTH GOBIN GOCACHE GOCACHEPROG GOENV GOINSECURE GOMODCACHE GONOPROXY GONOSUMDB GOPATH GOPRIVATE
  GOPROXY GOROOT GOSUMDB GOTELEMETRY GOTMPDIR GOTOOLCHAIN GOVCS`.split(/\s+/),
);
/** Flags and profiles of Rust, and flags with which Go calls a C compiler. */
const OTHERS = /^((CARGO_ENCODED_)?RUSTFLAGS|CARGO_(BUILD|PROFILE|TARGET)_.*|CGO_.*)$/;

/**
 * For builds, and for asking a toolchain for its version: what is set on top of the harness' own
 * environment, and (undefined) what is taken out of it.
 *
 * GOWORK: a go.work above the checkout is not meant for it. GOFLAGS: this value overrides the one
 * that `go env -w` has stored; and no build fails because git refuses another user's checkout, as
 * it does for root in a container.
 */
export function buildEnvironment(
  env: NodeJS.ProcessEnv = process.env,
): Record<string, string | undefined> {
  const isGo = (name: string) => /^GO[A-Z0-9]+$/.test(name) && !GO_PLACES.has(name);
  const taken = Object.keys(env).filter((name) => isGo(name) || OTHERS.test(name));
  return {
    ...Object.fromEntries(taken.map((name) => [name, undefined])),
    PATH: searchPath(),
    GOWORK: 'off',
    GOFLAGS: '-buildvcs=false',
  };
}

/** For servers: Go's garbage collector as it is by default: an empty variable means that. */
export function serverEnvironment(): Record<string, string> {
  return { PATH: searchPath(), GOGC: '', GOMEMLIMIT: '' };
}
