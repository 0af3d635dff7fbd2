import fc from 'fast-check';

/**
 * A mutant is dead at the first case that fails: nobody reads the smallest one, which takes thousands more to find. And where
 * half a second of cases has found nothing, the next mutant waits.
 */
fc.configureGlobal({ ...fc.readConfigureGlobal(), endOnFailure: true, interruptAfterTimeLimit: 400 });
