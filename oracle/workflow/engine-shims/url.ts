/** The engine has names for these, but no functions behind them. */
export const URL = undefined;
export const URLSearchParams = undefined;
