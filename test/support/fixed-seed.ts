import fc from 'fast-check';

/**
 * Properties are tried on the same cases in every run, so that a red build is red again when it is looked at. Other cases:
 * `PROPERTY_SEED=$RANDOM npm test`.
 */
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env.PROPERTY_SEED ?? 20_261_124) });
