from enum import IntFlag

class ParamFlags(IntFlag):
    READWRITE = ...
