#include "CLatentLensFuzz.h"
