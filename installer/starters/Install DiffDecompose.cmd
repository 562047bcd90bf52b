@echo off
rem A double click runs this: it installs diffdecompose for this user, and keeps the window open.
setlocal
set PYTHONUTF8=1
cd /d "%~dp0"
if not exist installer\ cd ..\..
set "PY="
for %%V in (3.13 3.12 3.11) do if not defined PY (py -%%V -c "" >nul 2>nul && set "PY=py -%%V")
if not defined PY (python -c "import sys; sys.exit(sys.version_info < (3, 10))" >nul 2>nul && set "PY=python")
if not defined PY (
  echo Python 3.11 to 3.13 is needed: install it from python.org, then open this file again.
  pause
  exit /b 2
)
%PY% -m installer install %*
set "CODE=%ERRORLEVEL%"
pause
exit /b %CODE%
