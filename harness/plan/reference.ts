/** The one variant that the harness knows by name. */

/** What ratios are taken against, and what runs twice for A/A. */
export const REFERENCE_VARIANT = 'go-net';
/** Subject id of the second copy of the reference. */
export const TWIN_ID = `${REFERENCE_VARIANT}-twin`;
