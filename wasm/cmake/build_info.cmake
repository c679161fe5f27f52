# Writes OUTPUT, a header with the version and the commit of SOURCE; touched only when they change.
execute_process(COMMAND git -C "${SOURCE}" rev-parse --short=12 HEAD OUTPUT_VARIABLE commit
                OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  set(commit "unknown")  # a source archive without history
endif()
set(content "#define HEADROOM_VERSION \"${VERSION}\"\n#define HEADROOM_COMMIT \"${commit}\"\n")
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT "${content}" @ONLY)
