// Of <stdio.h>, which has it for those alone who ask for GNU's own: renames in one step, and with
// RENAME_EXCHANGE lets two names change places (Linux).
int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned int flags);
enum { LL_RENAME_EXCHANGE = 1 << 1 };
